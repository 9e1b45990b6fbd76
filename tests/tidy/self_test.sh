#!/usr/bin/env bash
# self_test.sh - the checks can fail: a small tree that breaks one rule a file is judged, and each check must
# name each break and nothing else.
folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree"/core/{base,host,platform} "$tree"/plugins/collectors/one/{in,out} "$tree"/sdk/include/kinmu "$tree"/tests/tidy
cp "$folder/../../.clang-format" "$tree/"
write() { # FILE: the body from standard input below a proper head
    { echo "/* $1 - a file of the self test. */"; cat; } >"$tree/$1"
}
failures=0
expect() { # CHECK EXPECTED-FINDING…, a fixed text each
    local check=$1 output text
    shift
    output=$(KINMU_TIDY_ROOT=$tree KINMU_TIDY_EXCEPTIONS=$tree/exceptions.txt bash "$folder/$check.sh" 2>&1) &&
        { echo "$check: passed a tree that breaks its rules"; failures=1; }
    for text in "$@"; do
        grep -qF -- "$text" <<<"$output" || { echo "$check: did not say: $text"; failures=1; }
    done
    grep -qF "tidy $check: $# findings" <<<"$output" || { echo "$check: expected $# findings:"; echo "$output"; failures=1; }
}

write core/base/good.c <<<'#include "base/good.h"'
write core/base/right.c <<<'#include "host/node.h"'
write core/base/bare.c <<<'#include "good.h"'
write core/host/node.h <<<'#include "base/good.h"'
write core/platform/lent.c <<<'#include "base/error.h"'
write core/platform/not_lent.c <<<'#include "base/buffer.h"'
write plugins/collectors/one/one.c <<<'#include "../../../core/host/node.h"'
write plugins/collectors/one/core.c <<<'#include <host/node.h>'
write plugins/collectors/one/in/in.h <<<'#include "out/out.h"'
write plugins/collectors/one/out/out.h <<<'#include "in/in.h"'
write plugins/collectors/one/in/right.c <<<'#include "in/in.h"'
write plugins/collectors/one/in/no.c <<<'#include "other/no.h"'
write sdk/include/kinmu/alone.h <<<'#include <kinmu/missing.h>'
expect layers 'core/base/right.c:2: core/base includes "host/node.h", which stands to its right' \
    'core/base/bare.c:2: "good.h": write the module too' \
    'core/platform/not_lent.c:2: core/platform includes "base/buffer.h"' \
    'plugins/collectors/one/one.c:2: "../../../core/host/node.h": a plugin includes' \
    'plugins/collectors/one/core.c:2: <host/node.h> belongs to the core' \
    'plugins/collectors/one/in/no.c:2: "other/no.h": a plugin includes' \
    'plugins/collectors/one/out/out.h:2: plugins/collectors/one/out includes "in/in.h", and plugins/collectors/one/in/in.h:2' \
    'sdk/include/kinmu/alone.h:2: <kinmu/missing.h> is not in the SDK'

rm -r "$tree"/core/*/* "$tree"/plugins/collectors/one/* "$tree"/sdk/include/kinmu/*
echo 'int headless;' >"$tree/core/base/headless.c"
write core/base/wide.c <<<"/* $(printf 'x%.0s' {1..100}) */"
write core/base/japanese.c <<<"/* $(printf '勤%.0s' {1..40}) */"
write core/base/banned.c <<'END'
int banned(char *to) {
    /* strcpy(to, "in a comment"); */
    return puts("sprintf(in a text)") + sprintf(to, "x");
}
END
write core/base/os.c <<<'#ifdef _WIN32
#endif'
write core/platform/os.c <<<'#ifdef _WIN32
#endif'
{ echo 'static int long_one(void) {'; printf '    step();\n%.0s' {1..71}; echo '}'; } | write core/base/long.c
{ echo 'static int commented(void) {'; printf '    /* why */\n%.0s' {1..90}; echo '}'; } | write core/base/commented.c
printf '\n%.0s' {1..600} | write core/base/tall.c
write core/base/listed.c <<<"/* $(printf 'x%.0s' {1..120}) */"
printf '%s HEAD\n' '<<<<<<<' | write core/base/merged.c
mkdir "$tree/docs" "$tree/build"
printf '%s other\n' '>>>>>>>' | tee "$tree/build/page.md" >"$tree/docs/page.md"
cat >"$tree/exceptions.txt" <<'END'
columns core/base/listed.c 126 # right
columns core/base/wide.c 105 # too small
head core/base/listed.c 1 # not needed
file-lines core/base/tall.c 700 # has shrunk
END
expect style 'core/base/headless.c:1: begins with no comment' 'core/base/wide.c:2: 106 columns' \
    'core/base/banned.c:4: sprintf() is banned' 'core/base/os.c:2: 1 #ifdef of an operating system' \
    'core/base/long.c:2: 71 code lines' 'exceptions.txt: "head core/base/listed.c" is not needed any more' \
    'exceptions.txt: "file-lines core/base/tall.c" has shrunk to 601' \
    'core/base/merged.c:2: a mark of a merge' 'docs/page.md:1: a mark of a merge'

rm -r "$tree"/core/*/*
write core/base/crooked.c <<<'int  crooked ;'
write core/base/straight.c <<<'int straight;'
expect format 'core/base/crooked.c:2: not as clang-format writes it'

[ "$failures" -eq 0 ] && echo "tidy self_test: every check can fail"
exit "$failures"
