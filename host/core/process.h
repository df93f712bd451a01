/* The metrics every process has: memory, processor time, descriptors, start. */
#ifndef CORE_PROCESS_H
#define CORE_PROCESS_H

/* Adds the process_* families, read anew at each rendering. Call once. [main] */
void process_add_metrics(void);

#endif
