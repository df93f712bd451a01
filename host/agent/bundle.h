/* The files of a bundle or of an image: which they are, how large, and their hash. */
#ifndef AGENT_BUNDLE_H
#define AGENT_BUNDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "core/attr.h"
#include "core/err.h"
#include "core/hash.h"

#define BUNDLE_ASSETS_MAX 256
#define BUNDLE_ASSETS_BYTES_MAX (INT64_C(16) * 1024 * 1024)
#define BUNDLE_CODE_BYTES_MAX (INT64_C(64) * 1024 * 1024)
#define BUNDLE_MANIFEST_BYTES_MAX (INT64_C(64) * 1024)
#define BUNDLE_PATH_BYTES_MAX 200
#define BUNDLE_DEPTH_MAX 8

struct bundle_file {
    char *path; /* below the bundle: "assets/system.de.md" */
    struct stat stat;
    char sha256[HASH_SHA256_HEX_BYTES]; /* "" until read */
};

struct bundle {
    struct bundle_file *files; /* sorted by path, byte order */
    size_t count;
    int64_t changed_ms;   /* newest change of a file or of what a folder holds, wall clock */
    uint64_t fingerprint; /* of all names, sizes and times: equal means nothing was touched */
};

/* Lists manifest.json, agent.so and all of assets below dir_fd. Anything but regular files and
 * folders there is refused, as are too many, too large and oddly named ones; names beginning
 * with a dot and other files beside manifest.json are ignored. Fills *ret_bundle (bundle_fini);
 * when it fails, changed_ms and fingerprint tell of what was seen until then, and nothing is to
 * be freed. Blocks: [files thread] */
bool bundle_list(int dir_fd, struct bundle *ret_bundle, struct err *err) ATTR_MUST_CHECK;
void bundle_fini(struct bundle *bundle);

/* The file with that path, or NULL. [any] */
struct bundle_file *bundle_find(const struct bundle *bundle, const char *path);

/* Adds an agent.so of that size to a bundle that has none. [any] */
void bundle_add_code(struct bundle *bundle, const struct stat *stat);

/* Reads one listed file piece by piece into take (may be NULL) and fills its sha256. Fails with
 * AGAIN when the file is not as it was listed, and when take says no. Blocks: [files thread] */
bool bundle_read(int dir_fd, struct bundle_file *file,
                 bool (*take)(const void *data, size_t len, void *ctx), void *ctx,
                 struct err *err) ATTR_MUST_CHECK;

/* Copies one listed file to to_fd/path (length and depth as bundle_list allows), with that mode;
 * makes the folders above it and fills file->sha256. Errors as bundle_read's, and AGAIN when the
 * copy cannot be written. Blocks: [files thread] */
bool bundle_copy_file(int from_fd, struct bundle_file *file, int to_fd, const char *path,
                      mode_t mode, struct err *err) ATTR_MUST_CHECK;

/* The image hash, over the lines `path NUL size NUL sha256 LF`. All files have been read. [any] */
void bundle_hash(const struct bundle *bundle, char ret_hex[HASH_SHA256_HEX_BYTES]);

/* Has the files of dir_fd/name and its folders written to disk. Blocks: [files thread] */
bool bundle_sync(int dir_fd, const char *name, struct err *err) ATTR_MUST_CHECK;

/* Deletes dir_fd/name with all below it, write-protected folders too; what is already gone is
 * no error. Blocks: [files thread] */
bool bundle_remove(int dir_fd, const char *name, struct err *err);

/* openat2 with RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS, close-on-exec; −1 and errno. [any] */
int bundle_open(int dir_fd, const char *path, int flags);

#endif
