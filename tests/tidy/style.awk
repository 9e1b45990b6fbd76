# style.awk - measures C files: prints "rule key value file:line" for each thing that breaks a rule of the
# tree's style. Expects clang-format's layout: a function ends with "}" in the first column.
function report(rule, key, value, line) { print rule, key, value, FILENAME ":" line }

function end_file() {
    if (lines > 600) { report_for(last, "file-lines", last, lines, lines) }
    if (systems > 0) { report_for(last, "os", last, systems, system_line) }
}
function report_for(file, rule, key, value, line) { print rule, key, value, file ":" line }

# The line without strings, characters and comments; `inside` says that a comment goes on.
function code_of(text,    before, end) {
    gsub(/"([^"\\]|\\.)*"/, "\"\"", text)
    gsub(/'([^'\\]|\\.)+'/, "0", text)
    before = ""
    while (text != "") {
        if (inside) {
            end = index(text, "*/")
            if (end == 0) { return before }
            text = substr(text, end + 2)
            inside = 0
        } else if (match(text, /\/\*|\/\//)) {
            before = before substr(text, 1, RSTART - 1)
            if (substr(text, RSTART, 2) == "//") { return before }
            text = substr(text, RSTART + 2)
            inside = 1
        } else {
            return before text
        }
    }
    return before
}

FNR == 1 {
    if (last != "") { end_file() }
    last = FILENAME; lines = 0; systems = 0; inside = 0; body = 0; signature = ""
    if ($0 !~ /^\/\* ?[^ ]/) { report("head", FILENAME, 1, 1) }
}

{
    lines = FNR
    raw = $0
    gsub(/[\200-\277]/, "", raw) # what remains counts characters, not bytes
    if (length(raw) > 100) { report("columns", FILENAME, length(raw), FNR) }
    code = code_of($0)
}

code ~ /^[ \t]*#[ \t]*(if|ifdef|ifndef|elif)/ &&
code ~ /_WIN32|_WIN64|_MSC_VER|__MINGW|__linux__|__unix__|__APPLE__|__FreeBSD__|__OpenBSD__/ { systems++; system_line = FNR }

{
    rest = code
    while (match(rest, /(^|[^A-Za-z0-9_.>])(strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|atof|gets|system|localtime|gmtime|tmpnam|mktemp)[ \t]*\(/)) {
        call = substr(rest, RSTART, RLENGTH)
        gsub(/[^A-Za-z]/, "", call)
        report("banned", FILENAME ":" call, 1, FNR)
        rest = substr(rest, RSTART + RLENGTH)
    }
}

# A function: text in the first column up to a line that ends with "{" and is no struct, array or block of C++.
body == 0 && code ~ /^[A-Za-z_]/ { signature = "" }
body == 0 { signature = signature code }
body == 0 && code ~ /\{[ \t]*$/ && signature ~ /\(/ && signature !~ /^(struct|union|enum|typedef|extern "")/ && signature !~ /=[^=]*$/ {
    body = 1; counted = 0; begin = FNR
    match(signature, /[A-Za-z0-9_]+\(/)
    name = substr(signature, RSTART, RLENGTH - 1)
    next
}
body == 1 && /^}/ {
    body = 0; signature = ""
    if (counted > 70) { report("function-lines", FILENAME ":" name, counted, begin) }
    next
}
body == 1 && code !~ /^[ \t]*$/ { counted++ }
body == 0 && code ~ /[;}][ \t]*$/ { signature = "" }

END { if (last != "") { end_file() } }
