# sdk: what agent teams build against.
agenthostincludedir = $(includedir)/agenthost
agenthostinclude_HEADERS = sdk/include/agenthost/agent.h sdk/include/agenthost/kit.h
pkgconfigdir = $(libdir)/pkgconfig
pkgconfig_DATA = sdk/agenthost-sdk.pc
aclocaldir = $(datadir)/aclocal
dist_aclocal_DATA = sdk/agenthost.m4

# The header by itself, as an agent team's compiler sees it; the offsets are frozen there.
check_LIBRARIES += tests/unit/sdk/libheader.a
tests_unit_sdk_libheader_a_SOURCES = tests/unit/sdk/header_c11.c tests/unit/sdk/header_cxx11.cc
tests_unit_sdk_libheader_a_CPPFLAGS = -I$(top_srcdir)/sdk/include
tests_unit_sdk_libheader_a_CFLAGS = -std=c11 -Wall -Wextra -Wpedantic -Wconversion -Werror
tests_unit_sdk_libheader_a_CXXFLAGS = -std=c++11 -Wall -Wextra -Wpedantic -Wconversion -Werror

# The SDK as it is installed.
TESTS += tests/unit/sdk/test-sdk
EXTRA_DIST += tests/unit/sdk/test-sdk
AM_TESTS_ENVIRONMENT = MAKE='$(MAKE)' CC='$(CC)' CXX='$(CXX)'; export MAKE CC CXX;
