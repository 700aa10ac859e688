export { type Authority, makeAuthority } from '../device/emulator/certificates.ts'
