import assert from "node:assert/strict";
import { test } from "node:test";
import { createContacts, type Contact } from "../src/draw/contacts.js";

const finger = (id: number, time: number, primary = false): Contact => ({ id, type: "touch", primary, time });
const pen = (time: number): Contact => ({ id: 9, type: "pen", primary: true, time });
const mouse = (time: number): Contact => ({ id: 1, type: "mouse", primary: true, time });

test("a pen takes over from a palm that touched before it", () => {
  const contacts = createContacts();
  assert.equal(contacts.down(finger(2, 0, true)), "draw");
  assert.equal(contacts.down(pen(2000)), "draw-instead");
  assert.equal(contacts.up(finger(2, 2100), false), false);
  assert.equal(contacts.drawing(), 9);
  assert.equal(contacts.up(pen(2500), false), true);
});

test("a palm's ink is removed for the pen that follows its cancellation, but not for a later one", () => {
  const contacts = createContacts();
  const cancelled = (): void => {
    contacts.down(finger(2, 0, true));
    assert.equal(contacts.up(finger(2, 100), true), true);
  };
  cancelled();
  assert.equal(contacts.down(pen(300)), "draw-after-palm");
  contacts.up(pen(400), false);
  const later = createContacts();
  later.down(finger(2, 0, true));
  later.up(finger(2, 100), true);
  assert.equal(later.down(pen(5000)), "draw");
});

test("fingers do not draw while a pen is near or was a moment ago, then they do", () => {
  const contacts = createContacts();
  contacts.down(pen(0));
  assert.equal(contacts.down(finger(2, 10, true)), "ignore");
  assert.equal(contacts.down(finger(3, 20)), "ignore");
  contacts.up(pen(500), false);
  contacts.up(finger(2, 600), false);
  contacts.up(finger(3, 600), false);
  assert.equal(contacts.down(finger(4, 1200, true)), "ignore");
  contacts.up(finger(4, 1300), false);
  contacts.penNear(3000);
  assert.equal(contacts.down(finger(5, 3500, true)), "ignore");
  contacts.up(finger(5, 3600), false);
  assert.equal(contacts.down(finger(6, 4500, true)), "draw");
});

test("two fingers that touch together belong to the page; a later second one does not", () => {
  const contacts = createContacts();
  contacts.down(finger(2, 0, true));
  assert.equal(contacts.down(finger(3, 80)), "gesture");
  assert.deepEqual([contacts.drawing(), contacts.gesture()], [null, true]);
  assert.equal(contacts.down(finger(4, 120)), "ignore");
  for (const id of [2, 3, 4]) contacts.up(finger(id, 500), false);
  assert.equal(contacts.gesture(), false);
  assert.equal(contacts.down(finger(5, 1000, true)), "draw");
  assert.equal(contacts.down(finger(6, 1600)), "ignore");
  assert.deepEqual([contacts.drawing(), contacts.gesture()], [5, false]);
});

test("a pointer whose end was never reported does not block others", () => {
  const contacts = createContacts();
  contacts.down(finger(2, 0, true));
  assert.equal(contacts.down(finger(3, 5000, true)), "draw");
  assert.equal(contacts.drawing(), 3);
  assert.equal(contacts.down(mouse(5500)), "ignore");
  contacts.up(finger(3, 6000), false);
  assert.equal(contacts.down(mouse(6000)), "draw");
  assert.equal(contacts.down(mouse(7000)), "draw");
  assert.equal(contacts.down(pen(7500)), "draw");
  assert.equal(contacts.drawing(), 9);
});
