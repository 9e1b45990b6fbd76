/*
 * sanitizer_defaults.c - what the sanitizers of the developer build are told before they start.
 *
 * Not in any release. gcc 12's leak check guesses the size of a library's thread-local block from the word before it,
 * takes what it finds for a size, and at times ends the process there ("Tracer caught signal 11"). Without the guess it
 * finds such blocks as it finds every other: by the thread's own pointers to them.
 */
__attribute__((visibility("default"), used)) const char *__asan_default_options(void);

const char *__asan_default_options(void) {
    return "intercept_tls_get_addr=0";
}
