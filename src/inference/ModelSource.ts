/** A file as browsers give it. */
export interface BrowserFile {
  /** Its name, without folders. */
  readonly name: string;
  /** Its bytes. */
  readonly size: number;
  /** Where it is in the directory that somebody picked, that directory first. Default: it was picked itself. */
  readonly webkitRelativePath?: string | undefined;
  /** Reads it. */
  arrayBuffer(): Promise<ArrayBuffer>;
  /** A part of it, by its bytes: what is wrong with weights is told by their first ones. Default: less is told. */
  slice?(start: number, end: number): Pick<BrowserFile, 'arrayBuffer'>;
}

/**
 * Where a saved model is: the path of its directory (in Node.js), or its URL (in browsers, also as a text, relative to the page); the files
 * that somebody picked, or those of a directory, of which what lies deeper is not looked at; or the files' bytes, by their names.
 */
export type ModelSource =
  | string
  | URL
  | Iterable<BrowserFile>
  | ArrayLike<BrowserFile>
  | Readonly<Record<string, Uint8Array>>;

/** How far a model is loaded. */
export interface LoadProgress {
  /** The file that is being read. */
  readonly file: string;
  /** The bytes of it that were read. */
  readonly loadedBytes: number;
  /** The bytes that it has, where that is known. */
  readonly totalBytes: number | undefined;
}

/** Hears how far a model is loaded. */
export type OnProgress = (progress: LoadProgress) => void;
