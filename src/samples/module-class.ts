/** Classes of users, as plain data that threads can be sent: the module, the name it exports, and what the constructor is given. */

/** `module`: an absolute path, or a `file:` URL such as `import.meta.url`, as text or as a URL. `options` are plain JSON. */
export interface ModuleClass {
  readonly module: string | { readonly href: string };
  /** Default "default". */
  readonly export?: string;
  /** Given to the constructor. */
  readonly options?: { readonly [name: string]: unknown };
}

/** As threads can be sent it: a URL is an object that they would get without its text. */
export function sendable<T extends ModuleClass>(spec: T): T {
  return typeof spec.module === 'string' ? spec : { ...spec, module: spec.module.href };
}
