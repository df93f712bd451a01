/* Judges the entries of an archive. */
#include "unpack/judge.h"

#include <string.h>
#include <sys/stat.h>

/* Printable as it is, so that an error may quote it: no control characters. */
static bool judge_is_clean(const char *path)
{
    for (const char *at = path; *at != '\0'; at++) {
        if ((unsigned char)*at < 0x20 || *at == 0x7f) {
            return false;
        }
    }
    return true;
}

/* The path without what means "here" in front. */
static const char *judge_skip_dot(const char *path)
{
    while (path[0] == '.' && path[1] == '/') {
        path += 2;
        path += strspn(path, "/");
    }
    return strcmp(path, ".") == 0 ? "" : path;
}

/* Every part a name; one slash at the end is what folders have. */
static bool judge_parts(const char *path, struct err *err)
{
    unsigned depth = 0;
    for (const char *part = path; *part != '\0';) {
        size_t len = strcspn(part, "/");
        bool leads_up = len == 2 && strncmp(part, "..", 2) == 0;
        if (leads_up || len == 0 || (len == 1 && part[0] == '.')) {
            return err_set(err, ERR_DENIED, "'%.200s' %s", path,
                           leads_up ? "leads out of the archive's folder" : "is no plain path");
        }
        depth++;
        part += len;
        part += *part == '/';
    }
    return depth <= JUDGE_DEPTH_MAX ||
           err_set(err, ERR_LIMIT, "'%.200s' lies more than %d folders deep", path,
                   JUDGE_DEPTH_MAX);
}

static bool judge_path(const char *path, struct err *err)
{
    if (path[0] == '/') {
        return err_set(err, ERR_DENIED, "'%.200s' is an absolute path", path);
    }
    if (strlen(path) > BUNDLE_PATH_BYTES_MAX + AGENT_ID_BYTES) {
        return err_set(err, ERR_LIMIT, "'%.200s…' is a path of more than %d bytes", path,
                       BUNDLE_PATH_BYTES_MAX + AGENT_ID_BYTES);
    }
    return judge_parts(path, err);
}

/* All lie in one folder, which has the name of an agent. */
static bool judge_folder(struct judge *judge, const char *path, mode_t type, struct err *err)
{
    char id[AGENT_ID_BYTES] = "";
    size_t len = strcspn(path, "/");
    if (path[len] == '\0' && type != S_IFDIR) {
        return err_set(err, ERR_INVALID,
                       "'%.200s' lies in no folder: pack the one that has the agent's id as its "
                       "name (tar czf ID.tar.gz ID)",
                       path);
    }
    if (len < sizeof(id)) {
        memcpy(id, path, len);
    }
    if (!scan_is_agent_id(id)) {
        return err_set(err, ERR_INVALID,
                       "'%.*s' cannot be an agent's id: its folder's name must match "
                       "[a-z][a-z0-9-]{0,31}",
                       (int)(len < 100 ? len : 100), path);
    }
    if (judge->id[0] == '\0') {
        memcpy(judge->id, id, sizeof(id));
    }
    return strcmp(judge->id, id) == 0 ||
           err_set(err, ERR_INVALID, "two folders, '%s' and '%s': one archive holds one agent",
                   judge->id, id);
}

static bool judge_size(struct judge *judge, const struct judge_entry *entry, struct err *err)
{
    int64_t bytes = entry->type == S_IFREG ? entry->bytes : 0;
    if (bytes < 0) {
        return err_set(err, ERR_INVALID, "'%.200s' does not say how long it is", entry->path);
    }
    if (bytes > JUDGE_BYTES_MAX - judge->bytes) {
        return err_set(err, ERR_LIMIT, "the files are longer than %lld bytes together",
                       (long long)JUDGE_BYTES_MAX);
    }
    judge->bytes += bytes;
    return true;
}

bool judge_take(struct judge *judge, const struct judge_entry *entry, const char **ret_path,
                struct err *err)
{
    if (entry->path == NULL || !judge_is_clean(entry->path)) {
        return err_set(err, ERR_INVALID, "an entry's name is no text");
    }
    if (judge->entries == JUDGE_ENTRIES_MAX) {
        return err_set(err, ERR_LIMIT, "more than %d files and folders", JUDGE_ENTRIES_MAX);
    }
    judge->entries++;
    if (entry->is_hardlink || (entry->type != S_IFREG && entry->type != S_IFDIR)) {
        return err_set(err, ERR_DENIED, "'%.200s' is neither a file nor a folder", entry->path);
    }
    const char *path = judge_skip_dot(entry->path);
    if (path[0] == '\0' && entry->type == S_IFDIR) {
        *ret_path = path;
        return true;
    }
    if (!judge_path(path, err) || !judge_folder(judge, path, entry->type, err) ||
        !judge_size(judge, entry, err)) {
        return false;
    }
    *ret_path = path;
    return true;
}
