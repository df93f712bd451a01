/* The steps of agents install: where the bundle is made ready, and how it gets there. */
#ifndef CLI_INSTALL_H
#define CLI_INSTALL_H

#include <stdbool.h>

#include "agent/scan.h"
#include "core/attr.h"
#include "core/err.h"

#define INSTALL_NAME_BYTES 32

/* A folder of agents.dirs, while one bundle is put into it. Whatever ends the program, the folder
 * holds either the old bundle or the new one, whole: both change places in one step, and what is
 * left over lies in a folder that no scan looks into and the next install removes. */
struct place {
    char *dir;
    int dir_fd;                    /* locked: one install at a time */
    char work[INSTALL_NAME_BYTES]; /* ".install-…" below dir: the new bundle, then the old one */
    int work_fd;
    bool had_old;
};

/* Makes dir when it is not there, takes its lock, removes what a killed install left, makes the
 * work folder. AGAIN while another install holds the lock. Pair with place_close, also after a
 * failure. */
bool place_open(struct place *place, const char *dir, struct err *err) ATTR_MUST_CHECK;
/* The bundle work/ID, written to disk, becomes dir/ID; what was there becomes work/ID. */
bool place_swap(struct place *place, const char *id, struct err *err) ATTR_MUST_CHECK;
/* And back: dir/ID is what it was, or is not there as it was not. */
bool place_swap_back(struct place *place, const char *id, struct err *err) ATTR_MUST_CHECK;
/* Removes the work folder with all in it. False: something stays, and err says why. */
bool place_close(struct place *place, struct err *err);

/* Brings the bundle FILE or DIR into work_fd/ID; ID comes from its folder's name. */
bool bring_bundle(const char *from, int work_fd, char ret_id[AGENT_ID_BYTES],
                  struct err *err) ATTR_MUST_CHECK;

#endif
