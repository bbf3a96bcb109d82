// With `lib` esnext.disposable.
import { ArrayRecordSet, ArrayRecordWriter, openEmbeddings, openNpy } from 'bowerbird';

export async function using(): Promise<number> {
  await using array = await openNpy('a.npy');
  await using set = await openEmbeddings('arrays/');
  await using shards = await ArrayRecordSet.open('x-*');
  await using writer = await ArrayRecordWriter.create('x.arrayrecord');
  await writer.close();
  return array.length + set.length + shards.length;
}
