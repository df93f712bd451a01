/* The groups of test-sdk. */
#ifndef TEST_SDK_H
#define TEST_SDK_H

#include <check.h>

TCase *difference_case(void);
TCase *findings_case(void);
TCase *job_file_case(void);

#endif
