import { IsInt, IsOptional, IsString, Length } from 'class-validator';

export class SaveWordDto {
  @IsString()
  @Length(1, 100)
  originalWord: string;

  @IsString()
  @Length(1, 200)
  translation: string;

  @IsOptional()
  @IsString()
  @Length(1, 200)
  pinyin?: string;

  @IsOptional()
  @IsInt()
  sessionId?: number;

  @IsOptional()
  @IsString()
  @Length(1, 1000)
  sentence?: string;
}

export class CorrectWordDto {
  @IsString()
  @Length(1, 200)
  translation: string;
}
