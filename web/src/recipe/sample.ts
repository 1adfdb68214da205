/** samplePicture draws a picture to try the recipe with. */
export async function samplePicture(): Promise<File> {
  const canvas = document.createElement('canvas');
  canvas.width = 960;
  canvas.height = 540;
  const c = canvas.getContext('2d')!;
  const sky = c.createLinearGradient(0, 0, 0, 540);
  sky.addColorStop(0, '#0b3d91');
  sky.addColorStop(0.6, '#ff9a76');
  sky.addColorStop(1, '#ffe0b2');
  c.fillStyle = sky;
  c.fillRect(0, 0, 960, 540);
  c.fillStyle = '#fff3d6';
  c.beginPath();
  c.arc(480, 360, 70, 0, 2 * Math.PI);
  c.fill();
  c.fillStyle = '#1b2a49';
  c.beginPath();
  c.moveTo(0, 540);
  for (let x = 0; x <= 960; x += 8) c.lineTo(x, 420 + 25 * Math.sin(x / 90) + 12 * Math.sin(x / 37));
  c.lineTo(960, 540);
  c.fill();
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (!blob) throw new Error('The browser did not draw the sample picture.');
  return new File([blob], 'warm-front.png', { type: 'image/png' });
}
