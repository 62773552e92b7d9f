/** Port: the space of the data root's file system. */
export interface Disk {
  usage(): Promise<DiskUsage>;
}

export interface DiskUsage {
  freeBytes: number;
  totalBytes: number;
}
