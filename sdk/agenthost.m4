# AGENTHOST_AGENT([MINIMUM-VERSION])
# ----------------------------------
# For the configure.ac of an agent: finds the SDK by pkg-config, or ends with what to do. Sets
#   AGENTHOST_CFLAGS     to compile an agent's sources with
#   AGENTHOST_LIBS       to link its agent.so with, libraries of its own before it
#   AGENTHOST_AGENTSDIR  where this host's packaged agents are installed
AC_DEFUN([AGENTHOST_AGENT], [
AC_REQUIRE([PKG_PROG_PKG_CONFIG])dnl
PKG_CHECK_MODULES([AGENTHOST], [agenthost-sdk m4_ifval([$1], [>= $1])])
PKG_CHECK_VAR([AGENTHOST_AGENTSDIR], [agenthost-sdk], [agentsdir])
])
