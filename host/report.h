/* The start report: what this host has and what it lacks, said once. */
#ifndef HOST_REPORT_H
#define HOST_REPORT_H

struct host;

/* Text on a terminal, one log line otherwise. [loop] */
void report_start(struct host *host);

#endif
