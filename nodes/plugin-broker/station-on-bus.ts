import { join } from 'node:path';
import { GroupFile } from '../adapters/mqtt/group-file.ts';
import { publishArchive } from '../core/archive/archive-publisher.ts';
import { BusCommands } from '../core/bus/bus-commands.ts';
import { Groups } from '../core/bus/groups.ts';
import { PreviewBroadcast } from '../core/bus/preview-broadcast.ts';
import { registerStationCommands } from '../core/bus/station-commands.ts';
import { StationPublisher } from '../core/bus/station-publisher.ts';
import { agentTopics } from '../core/bus/topics.ts';
import { publishClips } from '../core/clips/clip-publisher.ts';
import type { Log } from '../core/log.ts';
import { publishRestreams } from '../core/restream/restream-publisher.ts';
import type { Station } from '../core/station.ts';
import type { Dispose } from '../core/time/clock.ts';

/** Puts a station on its bus: its verbs, its state, the commands that come for it. The returned function says goodbye. */
export function putOnBus(station: Station, log: Log): Dispose {
  const { agent, bus, commands, clock, loop, cameras, previews, dataRoot } = station;
  const groups = new Groups(new GroupFile(join(dataRoot, 'groups.json')));
  const topics = agentTopics(agent);
  const broadcast = new PreviewBroadcast({ cameras, previews, bus, topics, clock, loop });
  registerStationCommands(station, { previews: broadcast, groups });
  const publisher = new StationPublisher(station, log);
  publisher.start();
  const stopRestreams = station.restream
    ? publishRestreams({ restreams: station.restream.cameras, bus, agent, clock, loop })
    : () => {};
  const stopArchive = station.archive
    ? publishArchive({ archive: station.archive, bus, agent, clock, loop })
    : () => {};
  const stopClips = station.clips ? publishClips({ clips: station.clips, bus, agent, clock }) : () => {};
  const stopCommands = new BusCommands({ bus, commands, agent, groups, log }).start();
  return () => {
    stopCommands();
    stopRestreams();
    stopArchive();
    stopClips();
    broadcast.stopAll();
    publisher.stop();
  };
}
