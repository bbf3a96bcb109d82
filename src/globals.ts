/**
 * Names of the platform that our declarations use, for programs whose own types lack them: no `lib` of the DOM, no @types/node, no
 * esnext.disposable. Where these are there, the declarations merge.
 */

declare global {
  interface AbortSignal {
    readonly aborted: boolean;
    throwIfAborted(): void;
  }

  interface SymbolConstructor {
    readonly asyncDispose: unique symbol;
  }
}

export {};
