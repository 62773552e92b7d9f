import type { PageField } from '../shared/page-config.ts';

/** `days`: how many of them the timeline shows. */
export const fields: readonly PageField[] = [{ name: 'days', icon: 'calendar', min: 1, max: 31, default: 7 }];
