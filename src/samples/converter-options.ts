/** What the converters of files and of the Hub are given. */

export interface RowConverterOptions {
  /** Where the paths of rows begin. Default: the folder of the file. */
  readonly audio?: string;
  /** Default: found by the names that such columns have. */
  readonly audioColumn?: string;
  readonly textColumn?: string;
  /** Further columns that become fields, as "speaker", "year:int", "score:float"; ["*"]: all. */
  readonly keepColumns?: readonly string[];
}

export interface HubConverterOptions extends Omit<RowConverterOptions, 'audio'> {
  /** "hf://datasets/OWNER/NAME", or "OWNER/NAME"; or Parquet files: paths, folders, globs or URIs. */
  readonly dataset: string | readonly string[];
  /** Default: the only one there is. */
  readonly split?: string;
  /** Default: the one that the dataset's card calls so. */
  readonly config?: string;
  /** A branch, tag or commit. Default "main". */
  readonly revision?: string;
}
