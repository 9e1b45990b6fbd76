/* cli/tool.h - the words that are no command of the program's own: `kinmu PLUGIN TOOL ARGS…` runs a
 * plugin's program, `kinmu WORD …` asks a running plugin (shell.h). */
#ifndef CLI_TOOL_H
#define CLI_TOOL_H

int cli_tool(int argc, char **argv);

#endif
