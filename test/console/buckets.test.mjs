import { test } from "node:test";
import { goTo, look, openPage, signIn, useBrowser } from "./browser.mjs";

useBrowser();

test("a bucket is created and deleted", async (t) => {
  const page = await openPage(t);
  page.expectError(/409/);
  await signIn(page);
  await goTo(page, "Buckets");
  await page.getByText("No buckets yet").waitFor();
  await page.getByRole("button", { name: "Create bucket" }).click();
  const dialog = page.getByRole("dialog", { name: "Create bucket" });
  await dialog.getByLabel("Bucket name").fill("Films");
  await dialog.getByText("A bucket name has no capital letters.").waitFor();
  await look(page, "bucket-create");
  await dialog.getByLabel("Bucket name").fill("films");
  await dialog.getByRole("button", { name: "Create bucket" }).click();
  await page.getByRole("link", { name: "films" }).waitFor();
  await look(page, "buckets");

  await page.getByRole("radio", { name: "Select films" }).check();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  const confirm = page.getByRole("dialog", { name: "Delete bucket films?" });
  await confirm.getByLabel("To confirm, type films").fill("films");
  await confirm.getByRole("button", { name: "Delete" }).click();
  await page.getByText("No buckets yet").waitFor();
});
