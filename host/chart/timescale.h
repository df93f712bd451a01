/* Time scales: from clock time to the time in which bodies move. */
#ifndef CHART_TIMESCALE_H
#define CHART_TIMESCALE_H

/* Julian date in terrestrial time of seconds since 1970 UTC. Good to half a second from 1886 to
 * now (the Moon moves 0.5" in a second). [any] */
double timescale_tt(double unix_s);

#endif
