/* cli/tool.h - `kinmu PLUGIN TOOL ARGS…`: the words that are no command of the program's own. */
#ifndef CLI_TOOL_H
#define CLI_TOOL_H

#include <stddef.h>

/* argv[0] is the plugin's name; `commands` are the program's own, for "did you mean". */
int cli_tool(int argc, char **argv, const char *const *commands, size_t command_count);

#endif
