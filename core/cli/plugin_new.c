/* cli/plugin_new.c - makes a folder with a plugin that builds, tests and passes the check.
 *
 * The template is two trees, common/ and one per kind, of a complete plugin
 * "com.example.newplugin"; its names are replaced in contents and file names. Everything is written
 * into "<folder>.part", which is renamed when complete and removed when not. Nothing that exists is
 * touched. */
#include "cli/plugin_new.h"

#include "base/buffer.h"
#include "base/text.h"
#include "cli/cli.h"
#include "platform/platform.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define NEW_PATH_SIZE 4096
#define NEW_FILE_BYTES_MAX (256u << 10) /* of one template file */
#define NEW_DEPTH_MAX 8
#define NEW_WORDS 6

/* What is replaced, longest first where one begins another. */
typedef struct new_words {
    const char *from[NEW_WORDS];
    char to[NEW_WORDS][KINMU_NAME_BYTES_MAX + 2];
} new_words;

static int fail(const char *what, const char *path, int uv_status) {
    fprintf(stderr, "kinmu plugin new: cannot %s \"%s\": %s\n", what, path, uv_strerror(uv_status));
    return CLI_FAILED;
}

static int usage(const char *why, const char *word) {
    fprintf(stderr,
            "kinmu plugin new: %s%s%s%s\n"
            "usage: kinmu plugin new collector|connector|exporter NAME [--dir FOLDER]\n"
            "NAME is the reverse domain of its maker and a word, \"com.acme.badge\"; "
            "FOLDER is made (default: ./badge)\n",
            why, word == NULL ? "" : " \"", word == NULL ? "" : word, word == NULL ? "" : "\"");
    return CLI_USAGE;
}

/* NULL when the name is good, else what is wrong with it. */
static const char *name_fault(const char *name) {
    const char *part = name;
    if (strlen(name) > KINMU_NAME_BYTES_MAX) {
        return "NAME is longer than 63 bytes:";
    }
    if (strchr(name, '.') == NULL) {
        return "NAME needs its maker's reverse domain, as in com.acme.badge, not";
    }
    for (const char *at = name; *at != '\0'; at++) {
        int letter = *at >= 'a' && *at <= 'z';
        int inner = (*at >= '0' && *at <= '9') || *at == '-';
        if (*at == '.' && at > part && at[-1] != '-') {
            part = at + 1;
        } else if (!letter && (!inner || at == part)) {
            return "NAME may hold words of a-z, 0-9 and - that begin with a letter, joined by "
                   "dots, not";
        }
    }
    if (*part == '\0' || name[strlen(name) - 1] == '-') {
        return "NAME must not end with a dot or hyphen:";
    }
    return strcmp(part, "kinmu") == 0 ? "the last word is taken by the SDK's own names:" : NULL;
}

static void fill_words(new_words *words, const char *kind, const char *name) {
    const char *dot = strrchr(name, '.');
    static const char *const from[NEW_WORDS] = {
        "com.example.newplugin", "com.example", "newplugin", "NEWPLUGIN", "newkinds", "newkind"};
    memcpy(words->from, from, sizeof from);
    text_copy(words->to[0], sizeof words->to[0], name);
    snprintf(words->to[1], sizeof words->to[1], "%.*s", (int)(dot - name), name);
    text_copy(words->to[2], sizeof words->to[2], dot + 1);
    for (char *at = words->to[2]; *at != '\0'; at++) {
        *at = *at == '-' ? '_' : *at;
    }
    text_copy(words->to[3], sizeof words->to[3], words->to[2]);
    for (char *at = words->to[3]; *at != '\0'; at++) {
        *at = (char)(*at >= 'a' && *at <= 'z' ? *at - 'a' + 'A' : *at);
    }
    snprintf(words->to[4], sizeof words->to[4], "%ss", kind);
    text_copy(words->to[5], sizeof words->to[5], kind);
}

static void replace_words(const new_words *words, const char *text, size_t size, buffer *out) {
    for (size_t at = 0; at < size;) {
        size_t taken = 0;
        for (size_t i = 0; i < NEW_WORDS && taken == 0; i++) {
            size_t length = strlen(words->from[i]);
            if (length <= size - at && memcmp(text + at, words->from[i], length) == 0) {
                buffer_text(out, words->to[i]);
                taken = length;
            }
        }
        if (taken == 0) {
            buffer_append(out, text + at, 1);
            taken = 1;
        }
        at += taken;
    }
}

static int is_folder(const char *path) {
    uv_fs_t request;
    int found = uv_fs_stat(NULL, &request, path, NULL) == 0 &&
                (request.statbuf.st_mode & 0170000) == 0040000;
    uv_fs_req_cleanup(&request);
    return found;
}

static int exists(const char *path) {
    uv_fs_t request;
    int found = uv_fs_lstat(NULL, &request, path, NULL) == 0;
    uv_fs_req_cleanup(&request);
    return found;
}

/* ---- reading and writing ---- */

static int read_whole(const char *path, buffer *out) {
    uv_fs_t request;
    int file = uv_fs_open(NULL, &request, path, UV_FS_O_RDONLY, 0, NULL);
    uv_fs_req_cleanup(&request);
    int status = file < 0 ? file : 1;
    while (status > 0 && out->size <= NEW_FILE_BYTES_MAX) {
        char chunk[8192];
        uv_buf_t room = uv_buf_init(chunk, sizeof chunk);
        status = uv_fs_read(NULL, &request, file, &room, 1, -1, NULL);
        uv_fs_req_cleanup(&request);
        buffer_append(out, chunk, status > 0 ? (size_t)status : 0);
    }
    if (file >= 0) {
        (void)uv_fs_close(NULL, &request, file, NULL);
        uv_fs_req_cleanup(&request);
    }
    return status > 0 ? UV_EFBIG : status < 0 ? status : out->failed ? UV_ENOMEM : 0;
}

static int write_whole(const char *path, const buffer *data) {
    uv_fs_t request;
    int file =
        uv_fs_open(NULL, &request, path, UV_FS_O_WRONLY | UV_FS_O_CREAT | UV_FS_O_EXCL, 0644, NULL);
    uv_fs_req_cleanup(&request);
    if (file < 0) {
        return file;
    }
    uv_buf_t all = uv_buf_init((char *)data->data, (unsigned)data->size);
    int written = data->size == 0 ? 0 : uv_fs_write(NULL, &request, file, &all, 1, -1, NULL);
    uv_fs_req_cleanup(&request);
    int closed = uv_fs_close(NULL, &request, file, NULL);
    uv_fs_req_cleanup(&request);
    return written < 0 ? written : (size_t)written != data->size ? UV_ENOSPC : closed;
}

static int copy_file(const new_words *words, const char *from, const char *to) {
    buffer text = {0};
    buffer replaced = {0};
    int status = read_whole(from, &text);
    if (status < 0) {
        (void)fail("read", from, status);
    } else {
        replace_words(words, (const char *)text.data, text.size, &replaced);
        status = replaced.failed ? UV_ENOMEM : write_whole(to, &replaced);
        if (status < 0) {
            (void)fail("write", to, status);
        }
    }
    buffer_free(&text);
    buffer_free(&replaced);
    return status < 0 ? CLI_FAILED : CLI_OK;
}

static int make_folder(const char *path) {
    uv_fs_t request;
    int status = uv_fs_mkdir(NULL, &request, path, 0755, NULL);
    uv_fs_req_cleanup(&request);
    if (status < 0 && !(status == UV_EEXIST && is_folder(path))) {
        return fail("make", path, status);
    }
    return CLI_OK;
}

/* Joins folder and name; 0 when it does not fit. */
static int join(char path[NEW_PATH_SIZE], const char *folder, const char *name) {
    int size = snprintf(path, NEW_PATH_SIZE, "%s/%s", folder, name);
    return size > 0 && size < NEW_PATH_SIZE;
}

static int copy_tree(const new_words *words, const char *from, const char *to, int depth) {
    uv_fs_t request;
    uv_dirent_t entry;
    int result = make_folder(to);
    int count = uv_fs_scandir(NULL, &request, from, 0, NULL);
    if (count < 0 || depth > NEW_DEPTH_MAX) {
        result = fail("read", from, count < 0 ? count : UV_ELOOP);
    }
    while (result == CLI_OK && uv_fs_scandir_next(&request, &entry) == 0) {
        char source[NEW_PATH_SIZE];
        char target[NEW_PATH_SIZE];
        buffer name = {0};
        replace_words(words, entry.name, strlen(entry.name), &name);
        if (!join(source, from, entry.name) || !join(target, to, buffer_string(&name))) {
            result = fail("use", to, UV_ENAMETOOLONG);
        } else if (is_folder(source)) {
            result = copy_tree(words, source, target, depth + 1);
        } else {
            result = copy_file(words, source, target);
        }
        buffer_free(&name);
    }
    uv_fs_req_cleanup(&request);
    return result;
}

/* Removes what copy_tree made; links are removed, not followed. */
static void remove_tree(const char *path, int depth) {
    uv_fs_t request;
    uv_dirent_t entry;
    if (depth <= NEW_DEPTH_MAX && uv_fs_scandir(NULL, &request, path, 0, NULL) >= 0) {
        while (uv_fs_scandir_next(&request, &entry) == 0) {
            char inner[NEW_PATH_SIZE];
            uv_fs_t removal;
            if (!join(inner, path, entry.name)) {
                continue;
            }
            if (entry.type == UV_DIRENT_DIR) {
                remove_tree(inner, depth + 1);
            } else {
                (void)uv_fs_unlink(NULL, &removal, inner, NULL);
                uv_fs_req_cleanup(&removal);
            }
        }
        uv_fs_req_cleanup(&request);
    }
    (void)uv_fs_rmdir(NULL, &request, path, NULL);
    uv_fs_req_cleanup(&request);
}

/* ---- the command ---- */

/* The environment's word, else the source tree a built program stands in, else the installed place.
 */
static int find_template(char path[NEW_PATH_SIZE]) {
    static const char *const beside[] = {"../../sdk/template", "../share/kinmu/template"};
    const char *told = getenv("KINMU_TEMPLATE");
    char program[NEW_PATH_SIZE] = "";
    if (told != NULL && told[0] != '\0') {
        text_copy(path, NEW_PATH_SIZE, told);
        return is_folder(path);
    }
    if (platform_program_path(program, sizeof program) == KINMU_OK) {
        size_t size = strlen(program);
        while (size > 0 && program[size - 1] != '/' && program[size - 1] != '\\') {
            size--;
        }
        program[size] = '\0';
        for (size_t i = 0; i < sizeof beside / sizeof beside[0]; i++) {
            if (join(path, program, beside[i]) && is_folder(path)) {
                return 1;
            }
        }
    }
    text_copy(path, NEW_PATH_SIZE, KINMU_PREFIX "/share/kinmu/template");
    return is_folder(path);
}

/* Fills `part` from the template's common tree and the kind's, then gives it its final name. */
static int fill_folder(const new_words *words, const char *template_path, const char *kind,
                       const char *part, const char *folder) {
    char common[NEW_PATH_SIZE];
    char special[NEW_PATH_SIZE];
    if (!join(common, template_path, "common") || !join(special, template_path, kind)) {
        return fail("use", template_path, UV_ENAMETOOLONG);
    }
    if (copy_tree(words, common, part, 0) != CLI_OK ||
        copy_tree(words, special, part, 0) != CLI_OK) {
        return CLI_FAILED;
    }
    uv_fs_t request;
    int status = uv_fs_rename(NULL, &request, part, folder, NULL);
    uv_fs_req_cleanup(&request);
    return status < 0 ? fail("make", folder, status) : CLI_OK;
}

static int make_plugin(const new_words *words, const char *kind, const char *folder) {
    char template_path[NEW_PATH_SIZE];
    char part[NEW_PATH_SIZE];
    if (!find_template(template_path)) {
        fprintf(stderr,
                "kinmu plugin new: no template at \"%s\"; install the SDK or set KINMU_TEMPLATE to "
                "its folder\n",
                template_path);
        return CLI_FAILED;
    }
    int size = snprintf(part, sizeof part, "%s.part", folder);
    if (size < 0 || size >= (int)sizeof part) {
        return fail("use", folder, UV_ENAMETOOLONG);
    }
    if (exists(folder) || exists(part)) {
        fprintf(stderr,
                "kinmu plugin new: \"%s\" exists already; remove it or give another --dir\n",
                exists(folder) ? folder : part);
        return CLI_FAILED;
    }
    int result = fill_folder(words, template_path, kind, part, folder);
    if (result != CLI_OK) {
        remove_tree(part, 0);
    }
    return result;
}

typedef struct new_request {
    const char *kind;
    const char *name;
    char folder[NEW_PATH_SIZE]; /* without a slash at its end */
} new_request;

static int read_words(int argc, char **argv, new_request *request) {
    const char *folder = NULL;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--dir") == 0 || strncmp(argv[i], "--dir=", 6) == 0) {
            folder = argv[i][5] == '=' ? argv[i] + 6 : i + 1 < argc ? argv[++i] : "";
        } else if (argv[i][0] == '-') {
            return usage("unknown option", argv[i]);
        } else if (request->kind == NULL) {
            request->kind = argv[i];
        } else if (request->name == NULL) {
            request->name = argv[i];
        } else {
            return usage("one word too many:", argv[i]);
        }
    }
    if (request->name == NULL) {
        return usage(request->kind == NULL ? "KIND and NAME are missing" : "NAME is missing", NULL);
    }
    if (!text_is_choice("collector|connector|exporter", request->kind, strlen(request->kind))) {
        return usage("KIND is none of collector, connector, exporter:", request->kind);
    }
    const char *fault = name_fault(request->name);
    if (fault != NULL) {
        return usage(fault, request->name);
    }
    folder = folder == NULL ? strrchr(request->name, '.') + 1 : folder;
    if (folder[0] == '\0' || strlen(folder) >= NEW_PATH_SIZE) {
        return usage("--dir needs the name of a folder after it", NULL);
    }
    text_copy(request->folder, sizeof request->folder, folder);
    for (size_t size = strlen(folder); size > 1 && request->folder[size - 1] == '/'; size--) {
        request->folder[size - 1] = '\0';
    }
    return CLI_OK;
}

int plugin_new_main(int argc, char **argv) {
    new_request request = {0};
    new_words words;
    int result = read_words(argc, argv, &request);
    if (result != CLI_OK) {
        return result;
    }
    fill_words(&words, request.kind, request.name);
    result = make_plugin(&words, request.kind, request.folder);
    if (result == CLI_OK) {
        printf("%s: %s %s\n"
               "next: cd %s && cmake -B build && cmake --build build && ctest --test-dir build\n",
               request.folder, request.kind, request.name, request.folder);
    }
    return result;
}
