/* agenthost-unpack: unpacks the archive on standard input into the working folder, which is empty,
 * and prints the name of the one folder it held, or what is wrong with it. A program of its own:
 * what reads foreign archives is neither in the host nor in the one who installs them. */
#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/attr.h"
#include "unpack/judge.h"

#define UNPACK_BLOCK_BYTES ((size_t)64 * 1024)

/* What libarchive itself holds against leaving the folder, beside what the judge lets through;
 * an entry that comes twice is an error. */
#define UNPACK_FLAGS                                                                               \
    (ARCHIVE_EXTRACT_PERM | ARCHIVE_EXTRACT_NO_OVERWRITE | ARCHIVE_EXTRACT_SECURE_SYMLINKS |       \
     ARCHIVE_EXTRACT_SECURE_NODOTDOT | ARCHIVE_EXTRACT_SECURE_NOABSOLUTEPATHS)

struct unpack {
    struct archive *in, *out;
    struct judge judge;
};

/* The rest of a file whose header is written. */
static bool unpack_data(struct unpack *unpack, const char *path, int64_t bytes, struct err *err)
{
    const void *block = NULL;
    size_t len = 0;
    la_int64_t offset = 0;
    int status = ARCHIVE_OK;
    while ((status = archive_read_data_block(unpack->in, &block, &len, &offset)) == ARCHIVE_OK) {
        if (offset < 0 || offset > bytes || (int64_t)len > bytes - offset) {
            return err_set(err, ERR_INVALID, "'%s' is longer than it says", path);
        }
        if (archive_write_data_block(unpack->out, block, len, offset) != ARCHIVE_OK) {
            return err_set(err, ERR_INTERNAL, "'%s' cannot be written: %s", path,
                           archive_error_string(unpack->out));
        }
    }
    return status == ARCHIVE_EOF || err_set(err, ERR_INVALID, "'%s' cannot be read: %s", path,
                                            archive_error_string(unpack->in));
}

/* Writes one entry with nothing of the archive's but path, length and bytes. */
static bool unpack_write(struct unpack *unpack, const char *path, const struct judge_entry *from,
                         struct err *err)
{
    bool is_file = from->type == S_IFREG;
    struct archive_entry *entry = archive_entry_new();
    archive_entry_set_pathname(entry, path);
    archive_entry_set_filetype(entry, from->type);
    archive_entry_set_perm(entry, is_file ? 0644 : 0755); /* the host may be another user */
    archive_entry_set_size(entry, is_file ? from->bytes : 0);
    bool is_ok = archive_write_header(unpack->out, entry) == ARCHIVE_OK ||
                 err_set(err, ERR_INTERNAL, "'%s' cannot be written: %s", path,
                         archive_error_string(unpack->out));
    is_ok = is_ok && (!is_file || unpack_data(unpack, path, from->bytes, err));
    is_ok = is_ok && (archive_write_finish_entry(unpack->out) == ARCHIVE_OK ||
                      err_set(err, ERR_INTERNAL, "'%s' cannot be written: %s", path,
                              archive_error_string(unpack->out)));
    archive_entry_free(entry);
    return is_ok;
}

static bool unpack_entry(struct unpack *unpack, struct archive_entry *entry, struct err *err)
{
    const char *path = NULL;
    const struct judge_entry judged = {
        .path = archive_entry_pathname(entry),
        .type = archive_entry_filetype(entry),
        .is_hardlink = archive_entry_hardlink(entry) != NULL,
        .bytes = archive_entry_size_is_set(entry) ? archive_entry_size(entry) : -1,
    };
    if (!judge_take(&unpack->judge, &judged, &path, err)) {
        return false;
    }
    return path[0] == '\0' || unpack_write(unpack, path, &judged, err);
}

static bool unpack_entries(struct unpack *unpack, struct err *err)
{
    struct archive_entry *entry = NULL;
    int status = ARCHIVE_OK;
    while ((status = archive_read_next_header(unpack->in, &entry)) == ARCHIVE_OK) {
        if (!unpack_entry(unpack, entry, err)) {
            return false;
        }
    }
    if (status != ARCHIVE_EOF) {
        return err_set(err, ERR_INVALID, "it is no whole .tar.gz: %s",
                       archive_error_string(unpack->in));
    }
    return unpack->judge.id[0] != '\0' || err_set(err, ERR_INVALID, "it holds no folder");
}

static bool unpack_run(struct unpack *unpack, struct err *err)
{
    (void)archive_read_support_filter_gzip(unpack->in);
    (void)archive_read_support_format_tar(unpack->in);
    (void)archive_write_disk_set_options(unpack->out, UNPACK_FLAGS);
    if (archive_read_open_fd(unpack->in, STDIN_FILENO, UNPACK_BLOCK_BYTES) != ARCHIVE_OK) {
        return err_set(err, ERR_INVALID, "it is no whole .tar.gz: %s",
                       archive_error_string(unpack->in));
    }
    return unpack_entries(unpack, err) &&
           (archive_write_close(unpack->out) == ARCHIVE_OK ||
            err_set(err, ERR_INTERNAL, "%s", archive_error_string(unpack->out)));
}

int main(void)
{
    struct unpack unpack = {.in = archive_read_new(), .out = archive_write_disk_new()};
    struct err err = {0};
    const struct rlimit file_bytes = {JUDGE_BYTES_MAX, JUDGE_BYTES_MAX};
    (void)setrlimit(RLIMIT_FSIZE, &file_bytes); /* the judge's limit, should it be passed by */
    (void)umask(0022);
    bool is_ok = unpack_run(&unpack, &err);
    (void)archive_read_free(unpack.in);
    (void)archive_write_free(unpack.out);
    (void)puts(is_ok ? unpack.judge.id : err.text);
    return is_ok ? 0 : 1;
}
