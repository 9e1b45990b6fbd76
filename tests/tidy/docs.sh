#!/usr/bin/env bash
# docs.sh BUILD [--write] - what the pages say is true: docs/plugins/NAME.md is what the built plugin says of
# itself (--write prints the pages anew), the rules in Japanese name what the English ones name, every file the pages
# name or link exists, every kinmu command they show is known, and every function of the SDK that a vendor calls or writes carries a comment.
build=$(realpath "${1:?usage: docs.sh BUILD [--write]}")
write=${2:-}
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
kinmu=$build/kinmu
[ -x "$kinmu" ] || { echo "docs: $kinmu is missing; build it first"; exit 1; }

plugin_names() {
    "$kinmu" plugin list --json --plugins "$build/plugins/collectors:$build/plugins/connectors:$build/plugins/exporters" |
        grep -o '"name":"[^"]*"' | sed 's/.*:"\(.*\)"/\1/'
}
page_of() {
    echo "<!-- Printed by \`kinmu plugin info $1\`; tests/tidy/docs.sh compares and, with --write, prints it. -->"
    echo
    "$kinmu" plugin info "$1" --format md
}
plugin_pages() {
    local names name page
    names=$(plugin_names)
    [ -n "$names" ] || echo "docs: kinmu plugin list shows no plugin"
    mkdir -p docs/plugins
    for name in core $names; do
        page=docs/plugins/$name.md
        [ "$write" != --write ] || page_of "$name" >"$page"
        [ -e "$page" ] || { echo "$page:1: is missing; run tests/tidy/docs.sh $build --write"; continue; }
        diff <(page_of "$name") "$page" >/dev/null ||
            echo "$page:1: is not what \"kinmu plugin info $name\" says; run tests/tidy/docs.sh $build --write"
    done
    for page in docs/plugins/*.md; do
        name=$(basename "$page" .md)
        grep -qx -- "$name" <(printf 'core\n%s\n' "$names") || echo "$page:1: there is no plugin \"$name\""
    done
}

# [text](path) links, from the page's folder; addresses and places within a page are not followed.
links() {
    grep -noE '\]\([^)# ]+[)#]' "$@" /dev/null | while IFS=: read -r page line link; do
        link=${link#*\(}
        link=${link%[)#]}
        case "$link" in *://* | mailto:*) continue ;; esac
        [ -e "$(dirname "$page")/$link" ] || echo "$page:$line: the link \"$link\" leads nowhere"
    done
}

# Tests that docs/spec-status.md names as proof.
named_tests() {
    [ -e docs/spec-status.md ] || { echo "docs/spec-status.md:1: is missing"; return; }
    grep -noE '\b(unit|e2e|fuzz|crash|abi|sdk|tidy|scenario|contract|package|http)/[A-Za-z0-9_]+\.(c|sh)\b' docs/spec-status.md |
        while IFS=: read -r line file; do
            [ -e "tests/$file" ] || echo "docs/spec-status.md:$line: tests/$file does not exist"
        done
}

# The rules of the working day are kept in two languages: every name of the English page, and every setting with its default,
# stands in the Japanese one too.
rule_names() {
    sed '/^## An example/,$d' "$1" | grep -oE '^\| `[a-z_.]+` \| `[^`]+` \||`[a-z][a-z_.0-9-]*[a-z0-9]`' | sort -u
}
twins() {
    comm -23 <(rule_names docs/replay.md) <(rule_names docs/ja/replay.md) | while IFS= read -r name; do
        echo "docs/ja/replay.md:1: lacks $name of docs/replay.md"
    done
}

# tool PLUGIN TOOL: a plugin is shown with all its tools, or has that one.
tool() {
    "$kinmu" "$1" --help --plugins "$build/plugins" 2>/dev/null | grep -q "^  kinmu $1 $2\b"
}

# `kinmu WORD` (also `kinmu-hub WORD`) and `kinmu journal|plugin|store|hub|agent WORD` in the pages, against what the program says it knows.
commands() {
    local usage words
    words=$(grep -ohE '`kinmu [a-z-]+( [a-z-]+)?' docs/plugins/*.md) # of plugins: those pages are compared above
    usage=$("$kinmu" help 2>&1; for group in agent hub journal plugin store; do "$kinmu" "$group" 2>&1; done)
    grep -noE '(`|^ {4,})kinmu(-hub)? [a-z.]+( [a-z]+)?' "$@" /dev/null | while IFS=: read -r page line call; do
        call=${call#*kinmu* }
        local first=${call%% *} second=""
        [[ $first != *.* ]] || continue # a vendor's plugin
        [ "$first" = "$call" ] || second=${call#* }
        grep -qE "kinmu $first\b" <<<"$usage$words" || grep -qF "\"$first\"" core/cli/commands.c ||
            tool "$first" "$second" ||
            { echo "$page:$line: there is no command \"kinmu $first\""; continue; }
        case "$first" in
        agent | hub | journal | plugin | store)
            [ -z "$second" ] || grep -qE "kinmu $first([^|]*\|)* $second\b" <<<"$usage" ||
                echo "$page:$line: there is no command \"kinmu $first $second\""
            ;;
        esac
    done
}

# A function pointer or function of the SDK has a comment above it, beside it, or shares the one of the
# line before (a group under one comment, ended by a blank line).
sdk_comments() {
    awk '
        FNR == 1 { commented = 0 }
        /^[ \t]*$/ { commented = 0; next }
        /\/\*/ { commented = 1 }
        /^[ \t]*(static inline )?[a-z_0-9]+[a-z_0-9 *]*\(\*[a-z_]+\)\(/ || /^typedef .*\(\*[a-z_]+\)\(/ {
            if (!commented) { print FILENAME ":" FNR ": a function of the SDK without a comment" }
        }' sdk/include/kinmu/*.h sdk/include/kinmu/iface/*.h
}

{
    plugin_pages
    twins
    mapfile -t pages < <(ls ./*.md; find docs sdk plugins -name '*.md')
    links "${pages[@]}"
    commands "${pages[@]}"
    named_tests
    sdk_comments
} | sed 's|^\./||' | sort -u | finish docs
