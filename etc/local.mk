# etc: how supervisors run the host.
dist_doc_DATA += etc/ecosystem.config.cjs
systemdunitdir = $(prefix)/lib/systemd/system
systemdunit_DATA = etc/agenthost.service
EXTRA_DIST += etc/agenthost.service.in
CLEANFILES += etc/agenthost.service

etc/agenthost.service: $(srcdir)/etc/agenthost.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) etc && sed 's|@bindir[@]|$(bindir)|g' \
		$(srcdir)/etc/agenthost.service.in >$@.tmp && mv $@.tmp $@

sysusersdir = $(prefix)/lib/sysusers.d
dist_sysusers_DATA = etc/sysusers.d/agenthost.conf
