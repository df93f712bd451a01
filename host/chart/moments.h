/* The second moment of a chart. */
#ifndef CHART_MOMENTS_H
#define CHART_MOMENTS_H

/* The moment before birth_s at which the Sun stood exactly 88 degrees of longitude earlier; both
 * in seconds since 1970 UTC. [child] */
double moments_design(double birth_s);

#endif
