export { type Authority, makeAuthority } from '../device/demo/certificates.ts'
