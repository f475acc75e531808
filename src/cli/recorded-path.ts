import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** True for a folder that is a recording. Apart from what opens one, which loads the Arrow library. */
export const isRecordingPath = (path: string): boolean => existsSync(join(path, 'recording.json'));
