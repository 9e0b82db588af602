/**
 * Replaces `$(NAME)` by the variable's value, as in a container's command, args and env. `$$` stands for one
 * dollar sign, so that `$$(NAME)` stays `$(NAME)`; a reference to an unknown variable stays as it is.
 */
export function expandVariables(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replace(/\$(?:\$|\(([^)]*)\))/g, (reference, name: string | undefined) => {
    if (name === undefined) return '$';
    return variables.get(name) ?? reference;
  });
}
