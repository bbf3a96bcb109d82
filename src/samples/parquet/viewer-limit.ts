/** What the viewer of the Hub reads at a time, in bytes: "Scan size limit exceeded" beyond. https://huggingface.co/docs/dataset-viewer */

export const viewerBytes = 300_000_000;
