/** What datasetCard() takes and tells. Sizes are bytes, times seconds. */

export interface DatasetCardOptions {
  /** The dataset of the Hub whose card is made: "org/name". */
  readonly repo?: string;
  /** A folder, or a URI of one, that holds the files of a dataset instead. */
  readonly out?: string;
  readonly hfToken?: string;
  /** Make the card, and write nothing. Default false. */
  readonly dryRun?: boolean;
  /** Also replace a dnsmos.svg that is not ours. Default false. */
  readonly overwrite?: boolean;
  /** Told of things a user should know that are not errors. */
  readonly onNotice?: (notice: string) => void;
  readonly signal?: AbortSignal;
}

export interface DatasetCardReport {
  readonly job: 'dataset card';
  readonly version: string;
  /** The option `out` or the dataset as a URI, of which what is secret is left out. */
  readonly place: string;
  readonly dryRun: boolean;
  /** Parquet files that the card counts, and their rows. */
  readonly files: number;
  readonly rows: number;
  /** Of the rows whose length is known. */
  readonly soundSeconds: number;
  /** Rows whose length is not known. */
  readonly rowsWithoutLength: number;
  /** Files that were written, or would be: "README.md", "dnsmos.svg". */
  readonly changed: readonly string[];
  /** Of a repository: the commit that holds them. Absent where nothing was to be changed. */
  readonly commit?: string;
  /** The card as it is then. */
  readonly readme: string;
  readonly notices: readonly string[];
}
