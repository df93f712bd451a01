# Flattens one Lua script: puts each file named by an "@include" line in place of that line, at
# its first mention only and relative to the file that names it, and drops blank lines. These are
# the rules of BullMQ's own loader, so the text, and with it the SHA-1, is the one Node workers use.
#
# usage: awk -f flatten.awk script.lua

function folder(path)
{
    return match(path, /.*\//) ? substr(path, 1, RLENGTH) : ""
}

function emit(path,    line, parts, status)
{
    if (path in open_now) {
        print ARGV[1] ": circular include of " path > "/dev/stderr"
        failed = 1
        return
    }
    if (path in seen) {
        return
    }
    seen[path] = 1
    open_now[path] = 1
    while ((status = (getline line < path)) > 0) {
        if (line ~ /^[ \t]*---?[ \t]*@include[ \t]+["'].+["'][ \t]*$/) {
            split(line, parts, /["']/)
            emit(folder(path) parts[2] (parts[2] ~ /\.lua$/ ? "" : ".lua"))
        } else if (line !~ /^[ \t\r]*$/) {
            print line
        }
    }
    close(path)
    delete open_now[path]
    if (status < 0) {
        print "cannot read " path > "/dev/stderr"
        failed = 1
    }
}

BEGIN {
    emit(ARGV[1])
    exit failed
}
