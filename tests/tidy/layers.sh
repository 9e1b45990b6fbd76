#!/usr/bin/env bash
# layers.sh - who may include whom. A module of core includes itself and modules to its left; a plugin sees
# the SDK and its own folder, never the core, and the folders in it go one way; an SDK header sees only the SDK.
# Reads #include lines and the plugins' build files; what a header pulls in is judged where that header is.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

includes() { # prints "file line <name>" or "file line "name"" of the folders given
    local files
    mapfile -t files < <(c_files "$@")
    [ ${#files[@]} -eq 0 ] || awk '/^[ \t]*#[ \t]*include/ {
        if (match($0, /[<"][^>"]*[>"]/)) { print FILENAME, FNR, substr($0, RSTART, RLENGTH) } }' "${files[@]}"
}

core_layers() {
    includes core | awk '
        BEGIN {
            count = split("platform base sql schema config journal evidence store bus trust backup http fleet host simulate cli", order, " ")
            for (i = 1; i <= count; i++) { place[order[i]] = i }
            # The lowest module reports its errors in the same form as all others.
            lent["platform", "base/error.h"] = lent["platform", "base/text.h"] = 1
        }
        {
            split($1, path, "/"); module = path[2]
            name = substr($3, 2, length($3) - 2)
            if (!(module in place)) { print $1 ":" $2 ": module \"" module "\" has no place in core; add it to core/CMakeLists.txt and layers.sh"; next }
            if (substr($3, 1, 1) == "<") { next }
            split(name, target, "/")
            if (name !~ /\//) { print $1 ":" $2 ": \"" name "\": write the module too, \"" module "/" name "\"" }
            else if (!(target[1] in place)) { print $1 ":" $2 ": \"" name "\" is no module of core" }
            else if (place[target[1]] > place[module] && !((module, name) in lent)) {
                print $1 ":" $2 ": core/" module " includes \"" name "\", which stands to its right" }
        }'
}

plugin_layers() {
    includes plugins sdk/examples sdk/template | while read -r file line name; do
        local bare=${name:1:-1}
        case "$name" in
        \"*)
            case "$bare" in
            */*)
                [ -e "$(cut -d/ -f1-3 <<<"$file")/$bare" ] && [[ $bare != *..* ]] ||
                    echo "$file:$line: $name: a plugin includes <kinmu/…>, its own folder and its libraries"
                ;;
            esac
            ;;
        *) [ ! -e "core/$bare" ] || echo "$file:$line: $name belongs to the core; a plugin sees the SDK only" ;;
        esac
    done
    grep -rn 'kinmu_core' plugins sdk --include=CMakeLists.txt |
        sed 's/:[^:]*$/: links the core; a plugin gets its host as a table/'
}

# Folders of one plugin that include each other. What lies beside its folders is for all of them.
plugin_circles() {
    includes plugins | awk '
        split($1, path, "/") == 5 && $3 ~ /^".*\/.*"$/ {
            plugin = path[1] "/" path[2] "/" path[3]; from = path[4]
            to = substr($3, 2); sub(/\/.*/, "", to)
            if (from == to) { next }
            if ((plugin, to, from) in seen) {
                print $1 ":" $2 ": " plugin "/" from " includes " $3 ", and " seen[plugin, to, from] " the other way round" }
            if (!((plugin, from, to) in seen)) { seen[plugin, from, to] = $1 ":" $2 }
        }'
}

sdk_layers() {
    includes sdk/include | while read -r file line name; do
        case "$name" in
        '<kinmu/'*) [ -e "sdk/include/${name:1:-1}" ] || echo "$file:$line: $name is not in the SDK" ;;
        '<'*) ;;
        *) echo "$file:$line: $name: an SDK header includes <kinmu/…> and the system only" ;;
        esac
    done
}

{
    core_layers
    plugin_layers
    plugin_circles
    sdk_layers
} 2>/dev/null | finish layers
