# plugins: the stock engine, and the four reading agents. Each of these is a bundle, a folder with
# manifest.json and assets/ and no code, put together under bundles/ in the build tree and installed
# as it stands there.

# What the engine is made of but its agenthost_agent, so that tests can link it, too.
noinst_LTLIBRARIES = plugins/engine/libengine.la
plugins_engine_libengine_la_SOURCES = \
	plugins/engine/danger.c \
	plugins/engine/danger.h \
	plugins/engine/engine.h \
	plugins/engine/fold.c \
	plugins/engine/fold.h \
	plugins/engine/input.c \
	plugins/engine/input.h \
	plugins/engine/phrase.c \
	plugins/engine/phrase.h \
	plugins/engine/prompt.c \
	plugins/engine/review-private.h \
	plugins/engine/review.c \
	plugins/engine/review_json.c \
	plugins/engine/sections.c \
	plugins/engine/sections.h \
	plugins/engine/settings.c \
	plugins/engine/template-private.h \
	plugins/engine/template.c \
	plugins/engine/template.h \
	plugins/engine/template_path.c \
	plugins/engine/template_render.c \
	plugins/engine/text.c \
	plugins/engine/text.h \
	plugins/engine/texts.c \
	plugins/engine/view.c \
	plugins/engine/view.h \
	plugins/engine/words.c \
	plugins/engine/words.h \
	plugins/engine/words_de.c \
	plugins/engine/words_en.c \
	host/agent/manifest.c \
	host/agent/manifest_inputs.c \
	host/agent/manifest_keys.c \
	host/agent/manifest_reader.c \
	host/agent/manifest_schema.c \
	host/agent/manifest_text.c \
	host/agent/pattern.c \
	host/agent/pattern_match.c \
	host/core/arena.c \
	host/core/clock.c \
	host/core/err.c \
	host/core/fold.c \
	host/core/hash_fnv.c \
	host/core/json.c \
	host/core/json_get.c \
	host/core/json_scan.c \
	host/core/mem.c \
	host/core/nearest.c \
	host/core/problems.c \
	host/core/sbuf.c \
	host/core/span.c \
	host/chart/fault.c \
	host/chart/mechanics.c \
	host/chart/read.c \
	host/chart/verify.c \
	host/chart/words.c
plugins_engine_libengine_la_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/plugins
plugins_engine_libengine_la_CFLAGS = $(AM_CFLAGS) -fvisibility=hidden

noinst_LTLIBRARIES += plugins/engine/text.la
plugins_engine_text_la_SOURCES = plugins/engine/engine.c
plugins_engine_text_la_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/plugins
plugins_engine_text_la_CFLAGS = $(AM_CFLAGS) -fvisibility=hidden
plugins_engine_text_la_LDFLAGS = $(AM_LDFLAGS) -rpath /nowhere -module -avoid-version -shared \
	-no-undefined -export-symbols-regex '^agenthost_agent$$' -Wl,-z,defs -Wl,--exclude-libs,ALL
plugins_engine_text_la_LIBADD = plugins/engine/libengine.la $(JSONC_LIBS)

# Where the host looks for engines, in the build tree as when installed.
enginesdir = $(pkglibdir)/engines
nodist_engines_DATA = engines/text.so
ENGINES = engines/text.so
engines/text.so: plugins/engine/text.la
	$(AM_V_GEN)$(MKDIR_P) engines && cp plugins/engine/.libs/text.so $@.new && mv $@.new $@
CLEANFILES += engines/text.so

# --- bundles -------------------------------------------------------------------

READING_ASSETS = \
	plugins/common/assets/reading/depth/advanced.de.md \
	plugins/common/assets/reading/depth/advanced.en.md \
	plugins/common/assets/reading/depth/basic.de.md \
	plugins/common/assets/reading/depth/basic.en.md \
	plugins/common/assets/reading/depth/professional.de.md \
	plugins/common/assets/reading/depth/professional.en.md \
	plugins/common/assets/reading/knowledge/rules.de.md \
	plugins/common/assets/reading/knowledge/rules.en.md \
	plugins/common/assets/reading/style/direkt.de.md \
	plugins/common/assets/reading/style/direkt.en.md \
	plugins/common/assets/reading/style/empathisch.de.md \
	plugins/common/assets/reading/style/empathisch.en.md \
	plugins/common/assets/reading/style/klar.de.md \
	plugins/common/assets/reading/style/klar.en.md \
	plugins/common/assets/reading/style/ruhig.de.md \
	plugins/common/assets/reading/style/ruhig.en.md
DANGER_ASSETS = \
	plugins/common/assets/danger/danger/de.txt \
	plugins/common/assets/danger/danger/en.txt \
	plugins/common/assets/danger/help.de.md \
	plugins/common/assets/danger/help.en.md
BUSINESS_ASSETS = \
	plugins/business/assets/system.de.md \
	plugins/business/assets/system.en.md \
	plugins/business/assets/user.de.md \
	plugins/business/assets/user.en.md
RELATIONSHIP_ASSETS = \
	plugins/relationship/assets/system.de.md \
	plugins/relationship/assets/system.en.md \
	plugins/relationship/assets/user.de.md \
	plugins/relationship/assets/user.en.md
CRISIS_ASSETS = \
	plugins/crisis/assets/system.de.md \
	plugins/crisis/assets/system.en.md \
	plugins/crisis/assets/user.de.md \
	plugins/crisis/assets/user.en.md
PERSONALITY_ASSETS = \
	plugins/personality/assets/system.de.md \
	plugins/personality/assets/system.en.md \
	plugins/personality/assets/user.de.md \
	plugins/personality/assets/user.en.md

# $(1) agent, $(2) folders whose files become its assets, later ones winning.
assemble_bundle = $(srcdir)/plugins/assemble '$(srcdir)' $(1) $(2)
EXTRA_DIST += plugins/assemble $(READING_ASSETS) $(DANGER_ASSETS)

EXTRA_DIST += plugins/business/manifest.json $(BUSINESS_ASSETS)
bundles/business/manifest.json: plugins/assemble plugins/business/manifest.json \
		$(READING_ASSETS) $(BUSINESS_ASSETS)
	$(AM_V_GEN)$(call assemble_bundle,business,plugins/common/assets/reading plugins/business/assets)

EXTRA_DIST += plugins/relationship/manifest.json $(RELATIONSHIP_ASSETS)
bundles/relationship/manifest.json: plugins/assemble plugins/relationship/manifest.json \
		$(READING_ASSETS) $(DANGER_ASSETS) $(RELATIONSHIP_ASSETS)
	$(AM_V_GEN)$(call assemble_bundle,relationship,plugins/common/assets/reading plugins/common/assets/danger plugins/relationship/assets)

EXTRA_DIST += plugins/crisis/manifest.json $(CRISIS_ASSETS)
bundles/crisis/manifest.json: plugins/assemble plugins/crisis/manifest.json \
		$(READING_ASSETS) $(DANGER_ASSETS) $(CRISIS_ASSETS)
	$(AM_V_GEN)$(call assemble_bundle,crisis,plugins/common/assets/reading plugins/common/assets/danger plugins/crisis/assets)

EXTRA_DIST += plugins/personality/manifest.json $(PERSONALITY_ASSETS)
bundles/personality/manifest.json: plugins/assemble plugins/personality/manifest.json \
		$(READING_ASSETS) $(DANGER_ASSETS) $(PERSONALITY_ASSETS)
	$(AM_V_GEN)$(call assemble_bundle,personality,plugins/common/assets/reading plugins/common/assets/danger plugins/personality/assets)

BUNDLES = bundles/business/manifest.json bundles/relationship/manifest.json \
	bundles/crisis/manifest.json bundles/personality/manifest.json
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
	tests/unit/plugins/test_phrase.c \
	tests/unit/plugins/test_plugins.c \
	tests/unit/plugins/test_prompt.c \
	tests/unit/plugins/test_review.c \
	tests/unit/plugins/test_template.c \
	tests/unit/plugins/test_text.c
tests_unit_test_plugins_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit/plugins \
	-I$(top_srcdir)/plugins -DSRCDIR='"$(abs_top_srcdir)"' -DBUILDDIR='"$(abs_top_builddir)"'
tests_unit_test_plugins_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_plugins_LDADD = plugins/engine/libengine.la host/agent/libagent.a \
	host/chart/libchart.a $(CORE_LIBS) \
	$(CHECK_LIBS)
# Loaded by the tests, so they must be there before them.
EXTRA_tests_unit_test_plugins_DEPENDENCIES = $(BUNDLES) $(ENGINES)
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
