# plugins: the four reading agents. Each becomes a bundle, a folder with manifest.json, agent.so and
# assets/, put together under bundles/ in the build tree and installed as it stands there.

# What the four share, linked into each: nothing of it is visible outside.
noinst_LTLIBRARIES = plugins/common/libreading.la
plugins_common_libreading_la_SOURCES = \
	plugins/common/assets.c \
	plugins/common/assets.h \
	plugins/common/build.c \
	plugins/common/danger.c \
	plugins/common/data.c \
	plugins/common/data.h \
	plugins/common/danger.h \
	plugins/common/facts.c \
	plugins/common/facts.h \
	plugins/common/fold.c \
	plugins/common/fold.h \
	plugins/common/input.c \
	plugins/common/input.h \
	plugins/common/messages.c \
	plugins/common/pattern.c \
	plugins/common/pattern.h \
	plugins/common/reading.c \
	plugins/common/reading.h \
	plugins/common/review.c \
	plugins/common/sections.c \
	plugins/common/sections.h \
	plugins/common/text.c \
	plugins/common/text.h \
	host/core/arena.c \
	host/core/err.c \
	host/core/fold.c \
	host/core/json_get.c \
	host/core/mem.c \
	host/core/sbuf.c \
	host/core/span.c \
	host/chart/fault.c \
	host/chart/mechanics.c \
	host/chart/read.c \
	host/chart/verify.c \
	host/chart/words.c
plugins_common_libreading_la_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/plugins
plugins_common_libreading_la_CFLAGS = $(AM_CFLAGS) -fvisibility=hidden

READING_LIBS = plugins/common/libreading.la $(JSONC_LIBS)

noinst_LTLIBRARIES += plugins/business/agent.la
plugins_business_agent_la_SOURCES = \
	plugins/business/agent.c plugins/business/check.c plugins/business/prompt.c plugins/business/business.h
plugins_business_agent_la_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/plugins
plugins_business_agent_la_CFLAGS = $(AM_CFLAGS) -fvisibility=hidden
plugins_business_agent_la_LDFLAGS = $(AM_LDFLAGS) -rpath /nowhere -module -avoid-version -shared \
	-no-undefined -export-symbols-regex '^agenthost_agent$$' -Wl,-z,defs -Wl,--exclude-libs,ALL
plugins_business_agent_la_LIBADD = $(READING_LIBS)

noinst_LTLIBRARIES += plugins/relationship/agent.la
plugins_relationship_agent_la_SOURCES = \
	plugins/relationship/agent.c plugins/relationship/check.c plugins/relationship/prompt.c plugins/relationship/relationship.h
plugins_relationship_agent_la_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/plugins
plugins_relationship_agent_la_CFLAGS = $(AM_CFLAGS) -fvisibility=hidden
plugins_relationship_agent_la_LDFLAGS = $(AM_LDFLAGS) -rpath /nowhere -module -avoid-version -shared \
	-no-undefined -export-symbols-regex '^agenthost_agent$$' -Wl,-z,defs -Wl,--exclude-libs,ALL
plugins_relationship_agent_la_LIBADD = $(READING_LIBS)

noinst_LTLIBRARIES += plugins/crisis/agent.la
plugins_crisis_agent_la_SOURCES = \
	plugins/crisis/agent.c plugins/crisis/check.c plugins/crisis/prompt.c plugins/crisis/crisis.h
plugins_crisis_agent_la_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/plugins
plugins_crisis_agent_la_CFLAGS = $(AM_CFLAGS) -fvisibility=hidden
plugins_crisis_agent_la_LDFLAGS = $(AM_LDFLAGS) -rpath /nowhere -module -avoid-version -shared \
	-no-undefined -export-symbols-regex '^agenthost_agent$$' -Wl,-z,defs -Wl,--exclude-libs,ALL
plugins_crisis_agent_la_LIBADD = $(READING_LIBS)

noinst_LTLIBRARIES += plugins/personality/agent.la
plugins_personality_agent_la_SOURCES = \
	plugins/personality/agent.c plugins/personality/check.c plugins/personality/prompt.c plugins/personality/personality.h
plugins_personality_agent_la_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/plugins
plugins_personality_agent_la_CFLAGS = $(AM_CFLAGS) -fvisibility=hidden
plugins_personality_agent_la_LDFLAGS = $(AM_LDFLAGS) -rpath /nowhere -module -avoid-version -shared \
	-no-undefined -export-symbols-regex '^agenthost_agent$$' -Wl,-z,defs -Wl,--exclude-libs,ALL
plugins_personality_agent_la_LIBADD = $(READING_LIBS)

# --- bundles -------------------------------------------------------------------

READING_ASSETS = \
	plugins/common/assets/reading/prompts/depth/advanced.de.md \
	plugins/common/assets/reading/prompts/depth/advanced.en.md \
	plugins/common/assets/reading/prompts/depth/basic.de.md \
	plugins/common/assets/reading/prompts/depth/basic.en.md \
	plugins/common/assets/reading/prompts/depth/professional.de.md \
	plugins/common/assets/reading/prompts/depth/professional.en.md \
	plugins/common/assets/reading/prompts/rules.de.md \
	plugins/common/assets/reading/prompts/rules.en.md \
	plugins/common/assets/reading/prompts/style/direkt.de.md \
	plugins/common/assets/reading/prompts/style/direkt.en.md \
	plugins/common/assets/reading/prompts/style/empathisch.de.md \
	plugins/common/assets/reading/prompts/style/empathisch.en.md \
	plugins/common/assets/reading/prompts/style/klar.de.md \
	plugins/common/assets/reading/prompts/style/klar.en.md \
	plugins/common/assets/reading/prompts/style/ruhig.de.md \
	plugins/common/assets/reading/prompts/style/ruhig.en.md \
	plugins/common/assets/reading/prompts/user.de.md \
	plugins/common/assets/reading/prompts/user.en.md \
	plugins/common/assets/reading/prompts/words.de.txt \
	plugins/common/assets/reading/prompts/words.en.txt
DANGER_ASSETS = \
	plugins/common/assets/danger/danger/de.txt \
	plugins/common/assets/danger/danger/en.txt \
	plugins/common/assets/danger/help/lines.de.md \
	plugins/common/assets/danger/help/lines.en.md
BUSINESS_ASSETS = \
	plugins/business/assets/prompts/focus.de.md \
	plugins/business/assets/prompts/focus.en.md \
	plugins/business/assets/prompts/system.de.md \
	plugins/business/assets/prompts/system.en.md
RELATIONSHIP_ASSETS = \
	plugins/relationship/assets/prompts/focus.de.md \
	plugins/relationship/assets/prompts/focus.en.md \
	plugins/relationship/assets/prompts/system.de.md \
	plugins/relationship/assets/prompts/system.en.md
CRISIS_ASSETS = \
	plugins/crisis/assets/prompts/focus.de.md \
	plugins/crisis/assets/prompts/focus.en.md \
	plugins/crisis/assets/prompts/system.de.md \
	plugins/crisis/assets/prompts/system.en.md
PERSONALITY_ASSETS = \
	plugins/personality/assets/prompts/focus.de.md \
	plugins/personality/assets/prompts/focus.en.md \
	plugins/personality/assets/prompts/system.de.md \
	plugins/personality/assets/prompts/system.en.md

# $(1) agent, $(2) folders whose files become its assets, later ones winning.
assemble_bundle = $(srcdir)/plugins/assemble '$(srcdir)' $(1) plugins/$(1)/.libs/agent.so $(2)
EXTRA_DIST += plugins/assemble $(READING_ASSETS) $(DANGER_ASSETS)

EXTRA_DIST += plugins/business/manifest.json $(BUSINESS_ASSETS)
bundles/business/agent.so: plugins/business/agent.la plugins/assemble plugins/business/manifest.json \
		$(READING_ASSETS) $(BUSINESS_ASSETS)
	$(AM_V_GEN)$(call assemble_bundle,business,plugins/common/assets/reading plugins/business/assets)

EXTRA_DIST += plugins/relationship/manifest.json $(RELATIONSHIP_ASSETS)
bundles/relationship/agent.so: plugins/relationship/agent.la plugins/assemble plugins/relationship/manifest.json \
		$(READING_ASSETS) $(DANGER_ASSETS) $(RELATIONSHIP_ASSETS)
	$(AM_V_GEN)$(call assemble_bundle,relationship,plugins/common/assets/reading plugins/common/assets/danger plugins/relationship/assets)

EXTRA_DIST += plugins/crisis/manifest.json $(CRISIS_ASSETS)
bundles/crisis/agent.so: plugins/crisis/agent.la plugins/assemble plugins/crisis/manifest.json \
		$(READING_ASSETS) $(DANGER_ASSETS) $(CRISIS_ASSETS)
	$(AM_V_GEN)$(call assemble_bundle,crisis,plugins/common/assets/reading plugins/common/assets/danger plugins/crisis/assets)

EXTRA_DIST += plugins/personality/manifest.json $(PERSONALITY_ASSETS)
bundles/personality/agent.so: plugins/personality/agent.la plugins/assemble plugins/personality/manifest.json \
		$(READING_ASSETS) $(DANGER_ASSETS) $(PERSONALITY_ASSETS)
	$(AM_V_GEN)$(call assemble_bundle,personality,plugins/common/assets/reading plugins/common/assets/danger plugins/personality/assets)

BUNDLES = bundles/business/agent.so bundles/relationship/agent.so bundles/crisis/agent.so bundles/personality/agent.so
noinst_DATA = $(BUNDLES)

clean-bundles:
	rm -rf bundles
clean-local: clean-bundles

agentsdir = $(pkglibdir)/agents
install-bundles: $(BUNDLES)
	@for bundle in business relationship crisis personality; do \
		rm -rf "$(DESTDIR)$(agentsdir)/$$bundle" && \
		$(MKDIR_P) "$(DESTDIR)$(agentsdir)" && \
		cp -R "bundles/$$bundle" "$(DESTDIR)$(agentsdir)/$$bundle" || exit 1; \
	done
install-exec-local: install-bundles
uninstall-local:
	@for bundle in business relationship crisis personality; do rm -rf "$(DESTDIR)$(agentsdir)/$$bundle"; done
.PHONY: clean-bundles install-bundles

# --- tests ---------------------------------------------------------------------

check_PROGRAMS += tests/unit/test-plugins
TESTS += tests/unit/test-plugins
tests_unit_test_plugins_SOURCES = \
	host/cell/facts.c host/cell/facts.h \
	tests/unit/plugins/kit.c tests/unit/plugins/kit.h \
	tests/unit/plugins/test_bundle.c \
	tests/unit/plugins/test_danger.c \
	tests/unit/plugins/test_facts.c \
	tests/unit/plugins/test_input.c \
	tests/unit/plugins/test_pattern.c \
	tests/unit/plugins/test_plugins.c \
	tests/unit/plugins/test_prompt.c \
	tests/unit/plugins/test_review.c
tests_unit_test_plugins_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit/plugins \
	-I$(top_srcdir)/plugins -DSRCDIR='"$(abs_top_srcdir)"' -DBUILDDIR='"$(abs_top_builddir)"'
tests_unit_test_plugins_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_plugins_LDADD = plugins/common/libreading.la host/agent/libagent.a \
	host/chart/libchart.a $(CORE_LIBS) \
	$(CHECK_LIBS)
# Loaded by the tests, so they must be there before them.
EXTRA_tests_unit_test_plugins_DEPENDENCIES = $(BUNDLES)
EXTRA_DIST += \
	etc/examples/charts/apollo-11.json etc/examples/charts/berlin-wall.json \
	etc/examples/charts/eiffel-tower.json etc/examples/charts/philae.json \
	plugins/business/testdata/de.answer.md \
	plugins/business/testdata/de.job.json \
	plugins/business/testdata/de.prompt.md \
	plugins/business/testdata/de.reading.md \
	plugins/business/testdata/en.answer.md \
	plugins/business/testdata/en.job.json \
	plugins/business/testdata/en.prompt.md \
	plugins/business/testdata/en.reading.md \
	plugins/crisis/testdata/de.answer.md \
	plugins/crisis/testdata/de.job.json \
	plugins/crisis/testdata/de.prompt.md \
	plugins/crisis/testdata/de.reading.md \
	plugins/crisis/testdata/en.answer.md \
	plugins/crisis/testdata/en.job.json \
	plugins/crisis/testdata/en.prompt.md \
	plugins/crisis/testdata/en.reading.md \
	plugins/personality/testdata/de.answer.md \
	plugins/personality/testdata/de.job.json \
	plugins/personality/testdata/de.prompt.md \
	plugins/personality/testdata/de.reading.md \
	plugins/personality/testdata/en.answer.md \
	plugins/personality/testdata/en.job.json \
	plugins/personality/testdata/en.prompt.md \
	plugins/personality/testdata/en.reading.md \
	plugins/personality/testdata/no-channels.job.json \
	plugins/personality/testdata/no-channels.prompt.md \
	plugins/relationship/testdata/de.answer.md \
	plugins/relationship/testdata/de.job.json \
	plugins/relationship/testdata/de.prompt.md \
	plugins/relationship/testdata/de.reading.md \
	plugins/relationship/testdata/en.answer.md \
	plugins/relationship/testdata/en.job.json \
	plugins/relationship/testdata/en.prompt.md \
	plugins/relationship/testdata/en.reading.md \
	plugins/testdata/charts/no-channels.json \
	plugins/testdata/danger.tsv
