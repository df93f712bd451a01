/* Reads the dynamic tables of a shared object. */
#include "imports.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>

#include "agent/bundle.h"
#include "core/attr.h"
#include "core/err.h"
#include "findings.h"
#include "job_file.h"

struct image_file {
    struct sbuf bytes;
    Elf64_Ehdr header;
};

/* The section's header; false when it, or what it describes, lies outside the file. */
static bool imports_section(const struct image_file *file, unsigned index, Elf64_Shdr *ret)
{
    uint64_t at = file->header.e_shoff + (uint64_t)index * sizeof(*ret);
    if (index >= file->header.e_shnum || at > file->bytes.len ||
        file->bytes.len - at < sizeof(*ret)) {
        return false;
    }
    memcpy(ret, file->bytes.data + at, sizeof(*ret));
    return ret->sh_type == SHT_NOBITS ||
           (ret->sh_offset <= file->bytes.len && ret->sh_size <= file->bytes.len - ret->sh_offset);
}

/* A name in a table of strings, or "". */
static const char *imports_text(const struct image_file *file, const Elf64_Shdr *strings,
                                uint64_t at)
{
    if (at >= strings->sh_size) {
        return "";
    }
    const char *text = file->bytes.data + strings->sh_offset + at;
    return memchr(text, '\0', strings->sh_size - at) != NULL ? text : "";
}

static void imports_symbols(const struct image_file *file, const Elf64_Shdr *table,
                            const Elf64_Shdr *strings, struct findings *findings)
{
    unsigned unknown = 0, allowed = 0;
    char names[400] = "";
    for (uint64_t i = 1; i < table->sh_size / sizeof(Elf64_Sym); i++) {
        Elf64_Sym symbol;
        const char *why = "";
        memcpy(&symbol, file->bytes.data + table->sh_offset + i * sizeof(symbol), sizeof(symbol));
        const char *name = imports_text(file, strings, symbol.st_name);
        if (symbol.st_shndx != SHN_UNDEF) {
            if (strcmp(name, "agenthost_agent") != 0 && name[0] != '\0' &&
                strncmp(name, "_Z", 2) != 0) {
                findings_add(findings, "contract",
                             "link with -fvisibility=hidden -Wl,--exclude-libs,ALL: one symbol is "
                             "enough",
                             NULL, "agent.so exports '%s' beside agenthost_agent", name);
            }
            continue;
        }
        switch (import_judge(name, &why)) {
        case IMPORT_ALLOWED:
            allowed++;
            break;
        case IMPORT_FORBIDDEN:
            findings_add(findings, "contract", "do without this function", NULL,
                         "agent.so calls '%s': %s", name, why);
            break;
        case IMPORT_UNKNOWN:
            unknown++;
            (void)snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s",
                           names[0] != '\0' ? ", " : "", name);
        }
    }
    if (unknown > 0) {
        findings_add(findings, "contract",
                     "do without it, or link it in with -Wl,--exclude-libs,ALL", NULL,
                     "agent.so calls what is on no list of harmless functions: %s", names);
    } else {
        findings_note(findings, "contract", "%u imports, all of them known", allowed);
    }
}

static void imports_libraries(const struct image_file *file, const Elf64_Shdr *table,
                              const Elf64_Shdr *strings, struct findings *findings)
{
    static const char *const known[] = {"libc.so",      "libm.so",     "libjson-c.so",
                                        "libstdc++.so", "libgcc_s.so", "ld-linux"};
    for (uint64_t i = 0; i < table->sh_size / sizeof(Elf64_Dyn); i++) {
        Elf64_Dyn entry;
        bool is_known = false;
        memcpy(&entry, file->bytes.data + table->sh_offset + i * sizeof(entry), sizeof(entry));
        const char *name =
            entry.d_tag == DT_NEEDED ? imports_text(file, strings, entry.d_un.d_val) : "libc.so";
        for (size_t k = 0; k < ARRAY_LEN(known); k++) {
            is_known = is_known || strncmp(name, known[k], strlen(known[k])) == 0;
        }
        if (!is_known) {
            findings_add(findings, "contract", "link it statically with -Wl,--exclude-libs,ALL",
                         NULL, "agent.so needs the library '%s', which hosts need not have", name);
        }
    }
}

static void imports_read(const struct image_file *file, struct findings *findings)
{
    uint64_t constructors = 0;
    for (unsigned i = 0; i < file->header.e_shnum; i++) {
        Elf64_Shdr section, strings;
        if (!imports_section(file, i, &section)) {
            continue;
        }
        bool has_strings = imports_section(file, section.sh_link, &strings);
        if (section.sh_type == SHT_DYNSYM && has_strings) {
            imports_symbols(file, &section, &strings, findings);
        } else if (section.sh_type == SHT_DYNAMIC && has_strings) {
            imports_libraries(file, &section, &strings, findings);
        } else if (section.sh_type == SHT_INIT_ARRAY || section.sh_type == SHT_PREINIT_ARRAY) {
            constructors += section.sh_size / sizeof(uint64_t);
        }
    }
    /* The compiler's own start file brings one. */
    if (constructors > 1) {
        findings_add(findings, "contract", "move the work into create", NULL,
                     "agent.so has %llu constructors: they run before its version is known",
                     (unsigned long long)constructors - 1);
    }
}

void imports_check(const char *path, struct findings *findings)
{
    struct image_file file = {0};
    struct err err = {0};
    sbuf_init(&file.bytes, (size_t)BUNDLE_CODE_BYTES_MAX);
    if (!job_file_text(path, (size_t)BUNDLE_CODE_BYTES_MAX, &file.bytes, &err) ||
        file.bytes.len < sizeof(file.header)) {
        findings_add(findings, "contract", "build it again", NULL, "%s", err.text);
    } else {
        memcpy(&file.header, file.bytes.data, sizeof(file.header));
        imports_read(&file, findings);
    }
    sbuf_fini(&file.bytes);
}
