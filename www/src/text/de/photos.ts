/** German: pictures on the canvas. */
export const photos = {
  "This browser cannot read that file as a picture. Use a PNG or a JPEG.": "Dieser Browser kann die Datei nicht als Bild lesen. Nehmen Sie ein PNG oder ein JPEG.",
  "This browser did not provide enough memory for the picture. Close other tabs and try again.": "Der Browser hatte nicht genug Speicher für das Bild. Schließen Sie andere Tabs, und versuchen Sie es noch einmal.",
  "Arrow keys move the frame. With Shift they move its right and lower side. Plus and minus resize it. Enter closes the picture.": "Pfeiltasten bewegen den Rahmen, mit Umschalt seine rechte und untere Seite. Plus und Minus ändern seine Größe. Die Eingabetaste schließt das Bild.",
  "Frame around the digit": "Rahmen um die Ziffer",
  "Done": "Fertig",
  "Picture": "Bild",
  "Show the picture, and move the frame around the digit": "Das Bild zeigen und den Rahmen um die Ziffer bewegen",
  "Crop": "Ausschnitt",
  "Digit {number} of {count}": "Ziffer {number} von {count}",
  "Much writing in this picture: move the frame around one digit": "Viel Schrift in diesem Bild: Bewegen Sie den Rahmen um eine Ziffer",
  "There is no writing in this picture: move the frame around a digit": "In diesem Bild ist keine Schrift: Bewegen Sie den Rahmen um eine Ziffer",
  "{count} digits in this picture: choose one": "{count} Ziffern in diesem Bild: Wählen Sie eine",
  "Much writing in the frame: make it smaller": "Viel Schrift im Rahmen: Machen Sie ihn kleiner",
  "No writing in the frame: move it to a digit": "Keine Schrift im Rahmen: Bewegen Sie ihn zu einer Ziffer",
  "Drag the frame or its corners": "Ziehen Sie den Rahmen oder seine Ecken",
  "{count} digits in the frame: make it smaller": "{count} Ziffern im Rahmen: Machen Sie ihn kleiner",
} as const;
