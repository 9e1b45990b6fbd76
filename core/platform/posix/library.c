/* platform/posix/library.c - shared libraries and regular expressions. */
#include "platform/platform.h"

#include "base/error.h"

#include <dlfcn.h>
#include <regex.h>
#include <stdlib.h>

const char *platform_library_suffix(void) {
    return ".so";
}

void *platform_open_library(const char *path, kinmu_err *err) {
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        const char *reason = dlerror();
        error_set(err, KINMU_E_ABI, "plugin.open", "plugin \"%s\": cannot be loaded: %s", path,
                  reason != NULL ? reason : "unknown reason");
    }
    return library;
}

void *platform_find_symbol(void *library, const char *name) {
    return dlsym(library, name);
}

struct platform_pattern {
    regex_t regex;
};

int32_t platform_pattern_compile(const char *expression, platform_pattern **pattern,
                                 kinmu_err *err) {
    *pattern = malloc(sizeof **pattern);
    if (*pattern == NULL) {
        return KINMU_E_NOMEM;
    }
    int result = regcomp(&(*pattern)->regex, expression, REG_EXTENDED);
    if (result != 0) {
        char reason[160];
        regerror(result, &(*pattern)->regex, reason, sizeof reason);
        free(*pattern);
        *pattern = NULL;
        return error_set(err, KINMU_E_CONFIG, "pattern.syntax", "regular expression \"%s\": %s",
                         expression, reason);
    }
    return KINMU_OK;
}

int32_t platform_pattern_find(const platform_pattern *pattern, const char *text, size_t from,
                              size_t *start, size_t *end) {
    regmatch_t match;
    int result = regexec(&pattern->regex, text + from, 1, &match, from > 0 ? REG_NOTBOL : 0);
    if (result == REG_NOMATCH) {
        return 0;
    }
    if (result != 0 || match.rm_so < 0) {
        return KINMU_E_NOMEM;
    }
    *start = from + (size_t)match.rm_so;
    *end = from + (size_t)match.rm_eo;
    return 1;
}

void platform_pattern_free(platform_pattern *pattern) {
    if (pattern != NULL) {
        regfree(&pattern->regex);
        free(pattern);
    }
}
