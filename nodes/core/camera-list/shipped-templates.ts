import type { UrlTemplate } from './url-template.ts';

const rtsp = (make: string, path: string, streams?: UrlTemplate['streams']): UrlTemplate => ({
  make,
  url: `rtsp://{login}{host}:{port}${path}`,
  port: 554,
  ...(streams && { streams }),
});

const dahua = (make: string) =>
  rtsp(make, '/cam/realmonitor?channel={channel|1}&subtype={stream}', { main: '0', sub: '1' });

const numbered = { main: '1', sub: '2' };

/**
 * Where the makers' cameras have their streams, as commonly published; none of them was tried on the real camera. One that
 * differs (an old firmware) gets its address written out, or a template of the list's own, which comes first.
 */
export const shippedTemplates: readonly UrlTemplate[] = [
  dahua('amcrest'),
  rtsp('avigilon', '/defaultPrimary?streamType=u'),
  rtsp('axis', '/axis-media/media.amp?camera={channel|1}&videocodec=h264{stream}', {
    main: '',
    sub: '&resolution=640x360',
  }),
  rtsp('bosch', '/?inst={stream}', numbered),
  dahua('dahua'),
  rtsp('dlink', '/live{stream}.sdp', numbered),
  rtsp('foscam', '/video{stream}', { main: 'Main', sub: 'Sub' }),
  // What many small makers' cameras answer to; for others write the address out.
  rtsp('generic', '/stream{stream}', numbered),
  rtsp('grandstream', '/{stream}', { main: '0', sub: '4' }),
  rtsp('hanwha', '/profile{stream}/media.smp', { main: '2', sub: '3' }),
  rtsp('hikvision', '/Streaming/Channels/{channel|1}0{stream}', numbered),
  rtsp('hilook', '/Streaming/Channels/{channel|1}0{stream}', numbered),
  dahua('lorex'),
  rtsp('milesight', '/{stream}'),
  rtsp('mobotix', '/stream{stream}/mobotix.h264', { main: '0', sub: '1' }),
  rtsp('onvif', '/onvif{stream}', numbered),
  rtsp('panasonic', '/MediaInput/h264/stream_{stream}', numbered),
  rtsp('reolink', '/h264Preview_0{channel|1}_{stream}'),
  rtsp('sony', '/media/video{stream}', numbered),
  rtsp('tapo', '/stream{stream}', numbered),
  { make: 'unifi', url: 'rtsps://{host}:{port}/{stream}', port: 7441 },
  rtsp('uniview', '/media/video{stream}', numbered),
  rtsp('uniview-nvr', '/unicast/c{channel|1}/s{stream}/live', { main: '0', sub: '1' }),
  rtsp('vivotek', '/live{stream}.sdp', { main: '', sub: '2' }),
];
