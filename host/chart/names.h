/* What gates and channels are called. */
#ifndef CHART_NAMES_H
#define CHART_NAMES_H

/* The customary English name of gate 1…64. [any] */
const char *chart_gate_name(unsigned gate);

/* The name of CHART_CHANNEL_TABLE[index], in English and German. [any] */
const char *chart_channel_name(unsigned index);
const char *chart_channel_name_de(unsigned index);

#endif
