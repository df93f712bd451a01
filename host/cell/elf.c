/* A bounded reader of ELF shared objects: finds agenthost_agent in .dynsym and judges its
 * first fields, from the file's bytes alone. */
#include "cell/elf.h"

#include <elf.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <agenthost/agent.h>

#define ELF_SEGMENTS_MAX 64
#define ELF_SECTIONS_MAX 4096
#define ELF_SYMBOLS_MAX (256u * 1024)
#define ELF_SYMBOLS_CHUNK 64
#define ELF_OBJECT_BYTES_MAX 4096 /* of agenthost_agent: far above what we will ever append */

#if defined(__x86_64__)
#define ELF_MACHINE EM_X86_64
#elif defined(__aarch64__)
#define ELF_MACHINE EM_AARCH64
#elif defined(__riscv)
#define ELF_MACHINE EM_RISCV
#else
#error "name this machine's ELF number here"
#endif

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ELF_BYTE_ORDER ELFDATA2LSB
#else
#define ELF_BYTE_ORDER ELFDATA2MSB
#endif

static const char elf_symbol[] = "agenthost_agent";

struct elf {
    int fd;
    uint64_t bytes;
    Elf64_Ehdr header;
    Elf64_Phdr segments[ELF_SEGMENTS_MAX];
};

/* What stands first in agenthost_agent. */
struct elf_object_head {
    uint64_t magic;
    uint32_t abi_major, abi_minor;
    uint64_t size;
};
_Static_assert(offsetof(struct agenthost_agent, create) == sizeof(struct elf_object_head),
               "magic, versions and size stand first");

static bool elf_is_inside(const struct elf *elf, uint64_t offset, uint64_t bytes)
{
    return offset <= elf->bytes && bytes <= elf->bytes - offset;
}

static bool elf_read(const struct elf *elf, uint64_t offset, void *ret, size_t bytes,
                     struct err *err)
{
    if (!elf_is_inside(elf, offset, bytes)) {
        return err_set(err, ERR_INVALID, "the file is cut short");
    }
    for (size_t done = 0; done < bytes;) {
        ssize_t len = pread(elf->fd, (char *)ret + done, bytes - done, (off_t)(offset + done));
        if (len < 0 && errno == EINTR) {
            continue;
        }
        if (len < 0) {
            return err_set_errno(err, "cannot read the shared object");
        }
        if (len == 0) {
            return err_set(err, ERR_INVALID, "the file became shorter while it was read");
        }
        done += (size_t)len;
    }
    return true;
}

static const char *elf_machine_name(unsigned machine)
{
    static const struct {
        unsigned machine;
        const char *name;
    } names[] = {{EM_X86_64, "x86-64"}, {EM_386, "i386"},    {EM_AARCH64, "aarch64"},
                 {EM_ARM, "arm"},       {EM_RISCV, "riscv"}, {EM_PPC64, "ppc64"},
                 {EM_S390, "s390"}};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].machine == machine) {
            return names[i].name;
        }
    }
    return "unknown";
}

static bool elf_check_header(struct elf *elf, struct err *err)
{
    Elf64_Ehdr *header = &elf->header;
    if (elf->bytes < sizeof(*header)) {
        return err_set(err, ERR_INVALID, "the file is too short for a shared object");
    }
    if (!elf_read(elf, 0, header, sizeof(*header), err)) {
        return false;
    }
    if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) {
        return err_set(err, ERR_INVALID, "the file is no shared object (no ELF header)");
    }
    if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELF_BYTE_ORDER ||
        header->e_machine != ELF_MACHINE) {
        return err_set(err, ERR_INVALID,
                       "the file was built for another machine (%s, number %u; this one is %s)",
                       elf_machine_name(header->e_machine), header->e_machine,
                       elf_machine_name(ELF_MACHINE));
    }
    if (header->e_type != ET_DYN || header->e_version != EV_CURRENT) {
        return err_set(err, ERR_INVALID, "the file is an ELF file but no shared object");
    }
    return true;
}

/* A half-copied file must be found out here: mapping it would end in SIGBUS. */
static bool elf_check_tables(struct elf *elf, struct err *err)
{
    const Elf64_Ehdr *header = &elf->header;
    if (header->e_phentsize != sizeof(Elf64_Phdr) || header->e_phnum == 0 ||
        header->e_phnum > ELF_SEGMENTS_MAX) {
        return err_set(err, ERR_INVALID, "the file's segment table makes no sense");
    }
    if (header->e_shentsize != sizeof(Elf64_Shdr) || header->e_shnum == 0 ||
        header->e_shnum > ELF_SECTIONS_MAX) {
        return err_set(err, ERR_INVALID, "the file's section table makes no sense");
    }
    if (!elf_is_inside(elf, header->e_shoff, (uint64_t)header->e_shnum * sizeof(Elf64_Shdr))) {
        return err_set(err, ERR_INVALID,
                       "the file is cut short: its section table lies past its end");
    }
    if (!elf_read(elf, header->e_phoff, elf->segments, header->e_phnum * sizeof(Elf64_Phdr), err)) {
        return false;
    }
    for (unsigned i = 0; i < header->e_phnum; i++) {
        if (!elf_is_inside(elf, elf->segments[i].p_offset, elf->segments[i].p_filesz)) {
            return err_set(err, ERR_INVALID, "the file is cut short: segment %u ends past it", i);
        }
    }
    return true;
}

/* One section's header. Sections that take room in the file must lie inside it. */
static bool elf_section(const struct elf *elf, uint32_t index, Elf64_Shdr *ret_section,
                        struct err *err)
{
    if (index >= elf->header.e_shnum) {
        return err_set(err, ERR_INVALID, "the file names a section it does not have");
    }
    if (!elf_read(elf, elf->header.e_shoff + (uint64_t)index * sizeof(*ret_section), ret_section,
                  sizeof(*ret_section), err)) {
        return false;
    }
    if (ret_section->sh_type != SHT_NOBITS &&
        !elf_is_inside(elf, ret_section->sh_offset, ret_section->sh_size)) {
        return err_set(err, ERR_INVALID, "the file is cut short: section %u ends past it", index);
    }
    return true;
}

static bool elf_find_dynsym(const struct elf *elf, Elf64_Shdr *ret_symbols, Elf64_Shdr *ret_names,
                            struct err *err)
{
    bool is_found = false;
    for (uint32_t i = 0; i < elf->header.e_shnum; i++) {
        Elf64_Shdr section = {0};
        if (!elf_section(elf, i, &section, err)) {
            return false;
        }
        if (section.sh_type == SHT_DYNSYM && !is_found) {
            *ret_symbols = section;
            is_found = true;
        }
    }
    Elf64_Shdr section_names = {0};
    if (!elf_section(elf, elf->header.e_shstrndx, &section_names, err)) {
        return false;
    }
    /* Linkers write it last: a file that has its length but not yet its end is found out. */
    if (section_names.sh_type != SHT_STRTAB) {
        return err_set(err, ERR_INVALID, "the file's end is not written");
    }
    if (!is_found) {
        return err_set(err, ERR_INVALID, "the file has no table of exported symbols");
    }
    if (ret_symbols->sh_size / sizeof(Elf64_Sym) > ELF_SYMBOLS_MAX) {
        return err_set(err, ERR_INVALID, "the file has too many symbols");
    }
    return elf_section(elf, ret_symbols->sh_link, ret_names, err);
}

static bool elf_is_our_symbol(const struct elf *elf, const Elf64_Sym *symbol,
                              const Elf64_Shdr *names)
{
    char name[sizeof(elf_symbol)];
    /* Imports and functions are most of a table: their names need not be read. */
    return symbol->st_shndx != SHN_UNDEF && ELF64_ST_TYPE(symbol->st_info) == STT_OBJECT &&
           names->sh_size >= sizeof(name) && symbol->st_name <= names->sh_size - sizeof(name) &&
           elf_read(elf, names->sh_offset + symbol->st_name, name, sizeof(name), NULL) &&
           memcmp(name, elf_symbol, sizeof(name)) == 0;
}

static bool elf_find_symbol(const struct elf *elf, Elf64_Sym *ret_symbol, struct err *err)
{
    Elf64_Shdr symbols = {0}, names = {0};
    if (!elf_find_dynsym(elf, &symbols, &names, err)) {
        return false;
    }
    uint64_t count = symbols.sh_size / sizeof(Elf64_Sym);
    for (uint64_t i = 0; i < count;) {
        Elf64_Sym chunk[ELF_SYMBOLS_CHUNK];
        size_t take = count - i < ELF_SYMBOLS_CHUNK ? (size_t)(count - i) : ELF_SYMBOLS_CHUNK;
        if (!elf_read(elf, symbols.sh_offset + i * sizeof(*chunk), chunk, take * sizeof(*chunk),
                      err)) {
            return false;
        }
        for (size_t k = 0; k < take; k++) {
            if (elf_is_our_symbol(elf, &chunk[k], &names)) {
                *ret_symbol = chunk[k];
                return true;
            }
        }
        i += take;
    }
    return err_set(err, ERR_INVALID, "the file exports no object named %s", elf_symbol);
}

/* The object's first bytes as they stand in the file. */
static bool elf_read_object(const struct elf *elf, const Elf64_Sym *symbol,
                            struct elf_object_head *ret_head, struct err *err)
{
    for (unsigned i = 0; i < elf->header.e_phnum; i++) {
        const Elf64_Phdr *segment = &elf->segments[i];
        if (segment->p_type == PT_LOAD && symbol->st_value >= segment->p_vaddr &&
            segment->p_filesz >= sizeof(*ret_head) &&
            symbol->st_value - segment->p_vaddr <= segment->p_filesz - sizeof(*ret_head)) {
            return elf_read(elf, segment->p_offset + (symbol->st_value - segment->p_vaddr),
                            ret_head, sizeof(*ret_head), err);
        }
    }
    return err_set(err, ERR_INVALID, "%s has no content in the file", elf_symbol);
}

static bool elf_check_object(const struct elf_object_head *head, uint64_t symbol_bytes,
                             struct err *err)
{
    if (head->magic != AGENTHOST_MAGIC) {
        return err_set(err, ERR_INVALID, "%s does not begin with AGENTHOST_MAGIC", elf_symbol);
    }
    if (head->abi_major != AGENTHOST_ABI_MAJOR) {
        return err_set(err, ERR_INVALID,
                       "it was compiled for agent interface %u.%u and this host serves %u.x: "
                       "compile it again with this host's agenthost/agent.h",
                       head->abi_major, head->abi_minor, AGENTHOST_ABI_MAJOR);
    }
    if (head->size < ELF_AGENT_BYTES_MIN || head->size > ELF_OBJECT_BYTES_MAX ||
        head->size > symbol_bytes) {
        return err_set(err, ERR_INVALID,
                       "%s says it has %llu bytes; it has %llu, and interface 1.0 needs %d",
                       elf_symbol, (unsigned long long)head->size, (unsigned long long)symbol_bytes,
                       ELF_AGENT_BYTES_MIN);
    }
    return true;
}

bool elf_check_agent(int fd, struct elf_agent_info *ret, struct err *err)
{
    struct elf elf = {.fd = fd};
    struct stat status;
    if (fstat(fd, &status) != 0) {
        return err_set_errno(err, "cannot read the shared object");
    }
    if (!S_ISREG(status.st_mode)) {
        return err_set(err, ERR_INVALID, "the shared object is not a regular file");
    }
    elf.bytes = (uint64_t)status.st_size;
    Elf64_Sym symbol = {0};
    struct elf_object_head head = {0};
    if (!elf_check_header(&elf, err) || !elf_check_tables(&elf, err) ||
        !elf_find_symbol(&elf, &symbol, err) || !elf_read_object(&elf, &symbol, &head, err) ||
        !elf_check_object(&head, symbol.st_size, err)) {
        return false;
    }
    *ret = (struct elf_agent_info){.abi_major = head.abi_major,
                                   .abi_minor = head.abi_minor,
                                   .struct_bytes = head.size,
                                   .file_bytes = elf.bytes};
    return true;
}
