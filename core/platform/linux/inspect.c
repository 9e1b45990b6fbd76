/* platform/linux/inspect.c - see inspect.h: the process through /proc/self, libraries as ELF. */
#include "platform/inspect.h"

#include "base/error.h"

#include <dirent.h>
#include <dlfcn.h>
#include <elf.h>
#include <inttypes.h>
#include <link.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define LIBRARY_BYTES_MAX ((long)256 << 20)
#define LIBRARY_SECTIONS_MAX 4096u

/* ---- this process ---- */

static int64_t count_entries(const char *path) {
    DIR *folder = opendir(path);
    int64_t count = 0;
    if (folder == NULL) {
        return INSPECT_UNKNOWN;
    }
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        count += entry->d_name[0] != '.';
    }
    closedir(folder);
    return count;
}

int64_t inspect_open_files(void) {
    int64_t count = count_entries("/proc/self/fd");
    return count > 0 ? count - 1 : INSPECT_UNKNOWN; /* the folder itself was open */
}

int64_t inspect_threads(void) {
    return count_entries("/proc/self/task");
}

/* Present when AddressSanitizer has replaced the heap, of which mallinfo2 then knows nothing. */
extern size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

int64_t inspect_heap_bytes(void) {
    if (__sanitizer_get_current_allocated_bytes != NULL) {
        return (int64_t)__sanitizer_get_current_allocated_bytes();
    }
    struct mallinfo2 info = mallinfo2();
    return (int64_t)(info.uordblks + info.hblkhd);
}

/* "NAME: 0000000000000000" of /proc/self/status. */
static int32_t take_mask(const char *line, const char *name, uint64_t *mask) {
    size_t size = strlen(name);
    if (strncmp(line, name, size) != 0) {
        return 0;
    }
    char *end = NULL;
    *mask = strtoull(line + size, &end, 16);
    return end != line + size;
}

int32_t inspect_signals(uint64_t *caught, uint64_t *ignored) {
    char line[256];
    int found = 0;
    FILE *status = fopen("/proc/self/status", "r");
    if (status == NULL) {
        return KINMU_E_NOTFOUND;
    }
    while (fgets(line, sizeof line, status) != NULL) {
        found += take_mask(line, "SigCgt:", caught);
        found += take_mask(line, "SigIgn:", ignored);
    }
    fclose(status);
    return found == 2 ? KINMU_OK : KINMU_E_NOTFOUND;
}

/* ---- exports: the dynamic symbol table of an ELF file nobody trusts ---- */

typedef struct image {
    uint8_t *data;
    size_t size;
} image;

static int32_t read_image(const char *path, image *file, kinmu_err *err) {
    FILE *from = fopen(path, "rb");
    long size = -1;
    if (from != NULL && fseek(from, 0, SEEK_END) == 0) {
        size = ftell(from);
    }
    file->data = size > 0 && size <= LIBRARY_BYTES_MAX ? malloc((size_t)size) : NULL;
    file->size = file->data != NULL ? (size_t)size : 0;
    int is_whole = file->data != NULL && fseek(from, 0, SEEK_SET) == 0 &&
                   fread(file->data, 1, file->size, from) == file->size;
    if (from != NULL) {
        fclose(from);
    }
    if (!is_whole) {
        free(file->data);
        file->data = NULL;
        return error_set(err, KINMU_E_REJECT, "inspect.read", "\"%s\" cannot be read whole", path);
    }
    return KINMU_OK;
}

static const void *image_at(const image *file, uint64_t offset, uint64_t size) {
    return offset <= file->size && size <= file->size - offset ? file->data + offset : NULL;
}

static int32_t section_at(const image *file, const ElfW(Ehdr) * head, uint32_t index,
                          ElfW(Shdr) * section) {
    uint64_t offset = (uint64_t)head->e_shoff + (uint64_t)index * sizeof *section;
    const void *at = index < head->e_shnum ? image_at(file, offset, sizeof *section) : NULL;
    if (at != NULL) {
        memcpy(section, at, sizeof *section);
    }
    return at != NULL;
}

static int32_t is_exported(const ElfW(Sym) * symbol, const char *name) {
    static const char *const made_by_tools[] = {"__odr_asan", "__asan_", "__gcov",
                                                "__llvm_",    "_edata",  "__bss_start",
                                                "_end",       "_init",   "_fini"};
    uint32_t bind = ELF64_ST_BIND(symbol->st_info); /* the same for 32 bits */
    uint32_t visibility = ELF64_ST_VISIBILITY(symbol->st_other);
    if (symbol->st_shndx == SHN_UNDEF || bind == STB_LOCAL || visibility == STV_HIDDEN ||
        visibility == STV_INTERNAL) {
        return 0;
    }
    for (size_t i = 0; i < sizeof made_by_tools / sizeof made_by_tools[0]; i++) {
        if (strncmp(name, made_by_tools[i], strlen(made_by_tools[i])) == 0) {
            return 0;
        }
    }
    return 1;
}

static int32_t read_symbols(const image *file, const ElfW(Shdr) * symbols, const ElfW(Shdr) * texts,
                            inspect_exports *exports) {
    const char *names = image_at(file, texts->sh_offset, texts->sh_size);
    if (names == NULL || texts->sh_size == 0 || names[texts->sh_size - 1] != '\0') {
        return KINMU_E_REJECT;
    }
    for (uint64_t at = 0; at + sizeof(ElfW(Sym)) <= symbols->sh_size; at += sizeof(ElfW(Sym))) {
        ElfW(Sym) symbol;
        const void *from = image_at(file, symbols->sh_offset + at, sizeof symbol);
        if (from == NULL) {
            return KINMU_E_REJECT;
        }
        memcpy(&symbol, from, sizeof symbol);
        const char *name = symbol.st_name < texts->sh_size ? names + symbol.st_name : "";
        if (is_exported(&symbol, name)) {
            if (exports->count < INSPECT_EXPORTS_MAX) {
                snprintf(exports->names[exports->count], INSPECT_NAME_SIZE, "%s", name);
            }
            exports->count++;
        }
    }
    return KINMU_OK;
}

int32_t inspect_read_exports(const char *path, inspect_exports *exports, kinmu_err *err) {
    image file = {NULL, 0};
    ElfW(Ehdr) head;
    ElfW(Shdr) symbols;
    ElfW(Shdr) texts;
    memset(exports, 0, sizeof *exports);
    int32_t status = read_image(path, &file, err);
    if (status != KINMU_OK) {
        return status;
    }
    const uint8_t bits = sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32;
    status = error_set(err, KINMU_E_NOTFOUND, "inspect.format",
                       "\"%s\" is no ELF file of this "
                       "machine's width",
                       path);
    if (file.size >= sizeof head && memcmp(file.data, ELFMAG, SELFMAG) == 0 &&
        file.data[EI_CLASS] == bits) {
        status = error_set(err, KINMU_E_REJECT, "inspect.symbols",
                           "\"%s\" has no readable table of dynamic symbols", path);
        memcpy(&head, file.data, sizeof head);
        for (uint32_t i = 0; i < LIBRARY_SECTIONS_MAX && section_at(&file, &head, i, &symbols);
             i++) {
            if (symbols.sh_type == SHT_DYNSYM &&
                section_at(&file, &head, symbols.sh_link, &texts)) {
                status = read_symbols(&file, &symbols, &texts, exports);
                break;
            }
        }
    }
    free(file.data);
    return status;
}

/* ---- imports: the addresses through which a loaded library calls others ---- */

#if defined(__x86_64__)
#define RELOCATION_IS_ADDRESS(type)                                                                \
    ((type) == R_X86_64_JUMP_SLOT || (type) == R_X86_64_GLOB_DAT || (type) == R_X86_64_64)
#elif defined(__aarch64__)
#define RELOCATION_IS_ADDRESS(type)                                                                \
    ((type) == R_AARCH64_JUMP_SLOT || (type) == R_AARCH64_GLOB_DAT || (type) == R_AARCH64_ABS64)
#endif

#ifdef RELOCATION_IS_ADDRESS

typedef struct imports {
    const ElfW(Sym) * symbols;
    const char *names;
    const ElfW(Rela) * tables[2];
    size_t sizes[2];
} imports;

static void find_imports(const struct link_map *map, imports *found) {
    memset(found, 0, sizeof *found);
    for (const ElfW(Dyn) *at = map->l_ld; at->d_tag != DT_NULL; at++) {
        const void *address = (const void *)at->d_un.d_ptr;
        switch (at->d_tag) {
        case DT_SYMTAB:
            found->symbols = address;
            break;
        case DT_STRTAB:
            found->names = address;
            break;
        case DT_JMPREL:
            found->tables[0] = address;
            break;
        case DT_PLTRELSZ:
            found->sizes[0] = at->d_un.d_val;
            break;
        case DT_RELA:
            found->tables[1] = address;
            break;
        case DT_RELASZ:
            found->sizes[1] = at->d_un.d_val;
            break;
        default:
            break;
        }
    }
}

/* The slot lies in memory made read-only after loading. */
static int32_t write_slot(uintptr_t slot, inspect_function replacement) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uintptr_t begin = slot & ~(uintptr_t)(page - 1);
    if (mprotect((void *)begin, page, PROT_READ | PROT_WRITE) != 0) {
        return 0;
    }
    memcpy((void *)slot, &replacement, sizeof replacement);
    return 1;
}

int32_t inspect_redirect(void *library, const char *name, inspect_function replacement) {
    struct link_map *map = NULL;
    imports found;
    int32_t changed = 0;
    if (dlinfo(library, RTLD_DI_LINKMAP, &map) != 0) {
        return INSPECT_UNKNOWN;
    }
    find_imports(map, &found);
    if (found.symbols == NULL || found.names == NULL) {
        return INSPECT_UNKNOWN;
    }
    for (size_t t = 0; t < 2; t++) {
        const ElfW(Rela) *at = found.tables[t];
        size_t count = at != NULL ? found.sizes[t] / sizeof *at : 0;
        for (size_t i = 0; i < count; i++, at++) {
            const ElfW(Sym) *symbol = &found.symbols[ELF64_R_SYM(at->r_info)];
            if (RELOCATION_IS_ADDRESS(ELF64_R_TYPE(at->r_info)) &&
                strcmp(found.names + symbol->st_name, name) == 0) {
                changed += write_slot(map->l_addr + at->r_offset, replacement);
            }
        }
    }
    return changed;
}

#else

int32_t inspect_redirect(void *library, const char *name, inspect_function replacement) {
    (void)library;
    (void)name;
    (void)replacement;
    return INSPECT_UNKNOWN;
}

#endif
