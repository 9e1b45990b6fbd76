/* cli/plugin_check.h - `kinmu plugin check FILE [--only TEST] [--seed N] [--set OPTION=VALUE]`:
 * holds a plugin file to the contract by named tests. docs/plugin-check.md is the page for people.
 */
#ifndef CLI_PLUGIN_CHECK_H
#define CLI_PLUGIN_CHECK_H

/* argv[0] is "check". Returns the exit code: CLI_FAILED when any test fails. */
int plugin_check_main(int argc, char **argv);

#endif
