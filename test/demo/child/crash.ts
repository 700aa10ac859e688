import { Canvas } from '../../../device/demo/canvas.ts'

/** A program that has taken the terminal over when something goes wrong that nobody thought of. */
const canvas = new Canvas(process.stdin, process.stdout, true)
canvas.open()
canvas.draw([[['drawn']]])
throw new TypeError('nobody thought of this')
