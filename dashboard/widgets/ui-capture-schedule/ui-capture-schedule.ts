import { defineNode } from '../../../nodes/kit/define-node.ts';
import { openWidget } from '../shared/widget-node.ts';
import { scheduleWidgetConfig } from './config.ts';

const type = 'ui-capture-schedule';

export default function register(red: unknown): void {
  defineNode(red, { type, version: 1, config: scheduleWidgetConfig, open: (site) => openWidget(type, site) });
}
