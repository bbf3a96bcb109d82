/** A build in a process of its own, to be killed: options as JSON. Needs a build of the package. */

import { datasetBuild } from '../../../dist/api/dataset/build.js';

const report = await datasetBuild(JSON.parse(process.argv[2]));
process.stdout.write(JSON.stringify(report));
