/* http/client_curl.c - see client_curl.h. A library that lacks a name or was built without TLS is
 * refused here, with one sentence, rather than found out in the middle of a request. */
#include "http/client_curl.h"

#include "platform/platform.h"

#include <stddef.h>
#include <string.h>

/* Whatever the system calls it; the first that loads. */
static const char *const file_names[] = {"libcurl.so.4", "libcurl-4.dll", "libcurl.dll"};

static const struct {
    const char *name;
    size_t offset;
} entries[] = {
#define ENTRY(member)                                                                              \
    { "curl_" #member, offsetof(curl_table, member) }
    ENTRY(global_init),
    ENTRY(easy_init),
    ENTRY(easy_cleanup),
    ENTRY(easy_reset),
    ENTRY(easy_setopt),
    ENTRY(easy_getinfo),
    ENTRY(easy_pause),
    ENTRY(easy_strerror),
    ENTRY(multi_init),
    ENTRY(multi_cleanup),
    ENTRY(multi_setopt),
    ENTRY(multi_add_handle),
    ENTRY(multi_remove_handle),
    ENTRY(multi_assign),
    ENTRY(multi_socket_action),
    ENTRY(multi_info_read),
    ENTRY(share_init),
    ENTRY(share_setopt),
    ENTRY(share_cleanup),
    ENTRY(slist_append),
    ENTRY(slist_free_all),
    ENTRY(url),
    ENTRY(url_cleanup),
    ENTRY(url_set),
    ENTRY(url_get),
    ENTRY(free),
    ENTRY(getdate),
#undef ENTRY
};

static void *open_first(kinmu_err *err) {
    void *library = NULL;
    for (size_t i = 0; library == NULL && i < sizeof file_names / sizeof file_names[0]; i++) {
        library = platform_open_library(file_names[i], err);
    }
    return library;
}

static int32_t fill(curl_table *table, void *library, kinmu_err *err) {
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
        void *function = platform_find_symbol(library, entries[i].name);
        if (function == NULL) {
            return error_set(err, KINMU_E_RETRY, "http.library",
                             "http: this libcurl has no %s; install libcurl 7.87 or later",
                             entries[i].name);
        }
        *(void **)(void *)((char *)table + entries[i].offset) = function; /* as POSIX has it */
    }
    return table->global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK
               ? KINMU_OK
               : error_set(err, KINMU_E_RETRY, "http.library", "http: libcurl does not start");
}

int32_t curl_load(const curl_table **out, kinmu_err *err) {
    static curl_table table;
    static int32_t is_loaded;
    *out = &table;
    if (is_loaded) {
        return KINMU_OK;
    }
    void *library = open_first(err);
    if (library == NULL) {
        return error_set(err, KINMU_E_RETRY, "http.library",
                         "http: libcurl is not installed; install it (Debian: libcurl4)");
    }
    platform_ignore_broken_pipes();
    int32_t status = fill(&table, library, err);
    is_loaded = status == KINMU_OK;
    return status;
}
